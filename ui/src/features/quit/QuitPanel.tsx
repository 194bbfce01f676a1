import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useRef } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { useQuit } from "../../data/quit";
import { t } from "../../lib/i18n";
import type { QuitAsked, QuitChoice } from "../../platform";
import styles from "./QuitPanel.module.css";

/** What becomes of the runs when the app goes and nobody stops them. */
function Keeping({ asked }: { asked: QuitAsked }) {
  const onSandbox = Math.min(asked.on_sandbox, asked.active);
  if (onSandbox === asked.active) return <p className={styles.note}>{t("quit.keepSandboxBody")}</p>;
  return (
    <p className={styles.note}>
      {t("quit.keepBody")} {onSandbox > 0 && t("quit.sandboxNote", { count: onSandbox })}
    </p>
  );
}

/**
 * The window is about to close while runs go on. It is a dialog, because the question comes from the window itself and
 * nothing else can be done before it is answered. Escape stays.
 */
export function QuitPanel() {
  const { asked, answer } = useQuit();
  const keep = useRef<HTMLButtonElement>(null);
  if (asked === null) return null;
  const given = answer.isError ? undefined : answer.variables;
  const leaving = given !== undefined && given !== "stay";
  const choose = (choice: QuitChoice): void => {
    if (!leaving) answer.mutate(choice);
  };
  const onSandbox = asked.on_sandbox >= asked.active;
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && choose("stay")}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles.backdrop} />
        <AlertDialog.Popup className={styles.popup} initialFocus={keep} data-testid="quit-panel">
          <AlertDialog.Title className={styles.title}>{t("quit.title", { count: asked.active })}</AlertDialog.Title>
          <AlertDialog.Description className={styles.body}>{t("quit.body")}</AlertDialog.Description>
          <div className={styles.choices}>
            <div>
              <Button ref={keep} variant="primary" size="large" className={styles.choice} disabled={leaving} aria-describedby="quit-keep-note" onClick={() => choose("keep")} data-testid="quit-keep">
                {given === "keep" ? t("quit.quitting") : t(onSandbox ? "quit.keepSandbox" : "quit.keep")}
              </Button>
              <div id="quit-keep-note">
                <Keeping asked={asked} />
              </div>
            </div>
            <div>
              <Button variant="danger" size="large" className={styles.choice} disabled={leaving} aria-describedby="quit-stop-note" onClick={() => choose("stop_runs")} data-testid="quit-stop">
                {t(given === "stop_runs" ? "quit.stopping" : "quit.stop")}
              </Button>
              <p id="quit-stop-note" className={styles.note}>
                {t("quit.stopBody")}
              </p>
            </div>
            <Button size="large" className={styles.choice} disabled={leaving} onClick={() => choose("stay")} data-testid="quit-stay">
              {t("quit.stay")}
            </Button>
          </div>
          {answer.error !== null && <ErrorNote error={answer.error} actions={{ retry: () => choose(answer.variables) }} />}
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
