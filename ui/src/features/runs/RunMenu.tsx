import { useId, useState } from "react";
import { useLocation } from "wouter";

import { ActionMenu, type MenuAction } from "../../components/Menu";
import { RunConfirm, type RunLoss } from "../../components/RunConfirm";
import { notify } from "../../components/Toaster";
import { useRunControl } from "../../data/run-control";
import { useRun } from "../../data/runs";
import { readError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { stopLabel } from "../../lib/run-words";
import type { AppError, RunDetail, RunSummary } from "../../platform";
import styles from "./RunsPage.module.css";

/** The row has no room for more than a notice. */
function tell(error: AppError): void {
  const { title, body } = readError(error);
  notify({ title, body });
}

/** The menu of a row. What a run allows is asked for when somebody wants to know. */
export function RunMenu({ run }: { run: RunSummary }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const detail = useRun(run.id, wanted);
  const { stop, retry, deleteFiles, forget } = useRunControl(run.id);
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState<RunLoss | null>(null);
  const actionsOf = ({ actions, summary }: RunDetail): MenuAction[] => [
    ...(actions.stop ? [{ id: "run-stop", label: stopLabel(summary), icon: "stop" as const, run: () => stop.mutate(undefined, { onError: tell }) }] : []),
    ...(actions.retry
      ? [{ id: "run-retry", label: t("control.retry"), icon: "reset" as const, run: () => retry.send((started) => notify({ title: t("control.started"), action: { label: t("toast.show"), run: () => navigate(paths.run(started.id)) } })) }]
      : []),
    ...(actions.delete_files ? [{ id: "run-delete-files", label: t("control.deleteFiles"), run: () => setAsked("delete_files") }] : []),
    ...(actions.forget ? [{ id: "run-forget", label: t("control.forget"), icon: "trash" as const, danger: true, run: () => setAsked("forget") }] : []),
  ];
  const lose = (): void => {
    const command = asked === "forget" ? forget : deleteFiles;
    command.mutate(undefined, { onError: tell, onSettled: () => setAsked(null) });
  };
  return (
    <>
      <ActionMenu
        id={id}
        label={t("control.menu", { name: run.caption || run.title })}
        actions={detail.data === undefined ? null : actionsOf(detail.data)}
        empty={detail.isPending ? t("control.loading") : detail.error === null ? t("control.none") : readError(detail.error).title}
        open={open}
        onOpen={(next) => {
          setOpen(next);
          if (next) setWanted(true);
        }}
        testId={`run-menu-${run.id}`}
      />
      {asked !== null && detail.data !== undefined && (
        <div className={styles.asked}>
          <RunConfirm detail={detail.data} loss={asked} busy={forget.isPending || deleteFiles.isPending} onYes={lose} onNo={() => setAsked(null)} returnTo={id} />
        </div>
      )}
    </>
  );
}
