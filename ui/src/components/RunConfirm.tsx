import { forgetBody } from "../lib/run-words";
import { t } from "../lib/i18n";
import type { RunDetail } from "../platform";
import { Confirm } from "./Confirm";

/** What cannot be undone, and is therefore asked once more. */
export type RunLoss = "delete_files" | "forget";

interface RunConfirmProps {
  detail: RunDetail;
  loss: RunLoss;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
  returnTo: string;
}

export function RunConfirm({ detail, loss, ...rest }: RunConfirmProps) {
  const forget = loss === "forget";
  return (
    <Confirm
      title={t(forget ? "control.forgetTitle" : "control.deleteTitle")}
      body={forget ? forgetBody(detail) : t("control.deleteBody")}
      yes={t(forget ? "control.forgetYes" : "control.deleteYes")}
      no={t("control.keep")}
      testId={forget ? "run-forget-confirm" : "run-delete-confirm"}
      {...rest}
    />
  );
}
