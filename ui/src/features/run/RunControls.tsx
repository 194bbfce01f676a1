import { useId, useState } from "react";
import { Link, useLocation } from "wouter";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { RunConfirm, type RunLoss } from "../../components/RunConfirm";
import { useRunControl } from "../../data/run-control";
import { announce } from "../../lib/announce";
import { formatWhen } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { stopLabel } from "../../lib/run-words";
import type { RunDetail } from "../../platform";
import styles from "./RunControls.module.css";
import type { RunPlace } from "./RunPanel";

/** Where the run came from, and what became of the service's copies. */
export function RunHistory({ detail }: { detail: RunDetail }) {
  const { retry_of: original, files_deleted_at_ms: deleted } = detail;
  if (original === null && deleted === null) return null;
  return (
    <div className={styles.history}>
      {original !== null && (
        <Link className={styles.link} href={paths.run(original)} data-testid="run-repeats">
          {t("control.repeats")}
          <Icon name="right" size={14} />
        </Link>
      )}
      {deleted !== null && <p data-testid="run-files-deleted">{t("control.deleted", { when: formatWhen(deleted) })}</p>}
    </div>
  );
}

/** What can be done with a run where it stands. What cannot be undone is asked once more. */
export function RunControls({ detail, place }: { detail: RunDetail; place: RunPlace }) {
  const { actions, is_stopping: stopping, summary } = detail;
  const { stop, retry, deleteFiles, forget } = useRunControl(summary.id);
  const [, navigate] = useLocation();
  const id = useId();
  const [asked, setAsked] = useState<RunLoss | null>(null);
  const error = stop.error ?? retry.error ?? deleteFiles.error ?? forget.error;
  const again = (): void =>
    retry.send((run) => {
      announce(t("control.started"));
      // Beside the form the new run takes the place of this one.
      if (place === "page") navigate(paths.run(run.id));
    });
  const lose = (): void => {
    if (asked === "delete_files") deleteFiles.mutate(undefined, { onSettled: () => setAsked(null) });
    else {
      forget.mutate(undefined, {
        onError: () => setAsked(null),
        onSuccess: () => {
          if (place === "page") navigate(paths.runs);
        },
      });
    }
  };
  const any = actions.stop || stopping || actions.retry || actions.delete_files || actions.forget;
  if (!any && error === null) return null;
  // What was asked for may have been settled elsewhere meanwhile.
  const open = asked !== null && actions[asked] ? asked : null;
  return (
    <div className={styles.controls} data-testid="run-controls">
      {open !== null ? (
        <RunConfirm detail={detail} loss={open} busy={deleteFiles.isPending || forget.isPending} onYes={lose} onNo={() => setAsked(null)} returnTo={`${id}${open}`} />
      ) : (
        <div className={styles.buttons}>
          {(actions.stop || stopping) && (
            <Button
              size="small"
              icon="stop"
              // It stays focusable, so that the focus is not lost with the press.
              aria-disabled={stopping || stop.isPending}
              onClick={() => {
                if (!stopping && !stop.isPending) stop.mutate();
              }}
              data-testid="run-stop"
            >
              {stopping || stop.isPending ? t("control.stopping") : stopLabel(summary)}
            </Button>
          )}
          {actions.retry && (
            <Button
              size="small"
              icon="reset"
              disabled={retry.busy}
              onKeyDown={(event) => {
                // A held key would press the button again and again.
                if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
              }}
              onClick={(event) => {
                if (event.detail < 2) again();
              }}
              data-testid="run-retry"
            >
              {t("control.retry")}
            </Button>
          )}
          {actions.delete_files && (
            <Button id={`${id}delete_files`} size="small" variant="quiet" onClick={() => setAsked("delete_files")} data-testid="run-delete-files">
              {t("control.deleteFiles")}
            </Button>
          )}
          {actions.forget && (
            <Button id={`${id}forget`} size="small" variant="quiet" icon="trash" onClick={() => setAsked("forget")} data-testid="run-forget">
              {t("control.forget")}
            </Button>
          )}
        </div>
      )}
      {error !== null && <ErrorNote error={error} accountId={summary.account_id} testId="run-control-error" actions={{ open_run: undefined, wait: undefined, ...(retry.error === null ? {} : { retry: again }) }} />}
    </div>
  );
}
