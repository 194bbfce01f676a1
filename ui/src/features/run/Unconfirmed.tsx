import { useEffect, useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { useRun, useUnconfirmed } from "../../data/runs";
import { t } from "../../lib/i18n";
import type { RunDetail } from "../../platform";
import styles from "./Unconfirmed.module.css";

interface CandidatesProps {
  candidates: readonly string[];
  busy: boolean;
  onAdopt: (taskId: string) => void;
}

function Candidates({ candidates, busy, onAdopt }: CandidatesProps) {
  return (
    <div className={styles.candidates}>
      <p>{t("unconfirmed.candidates", { count: candidates.length })}</p>
      <ul>
        {candidates.map((task) => (
          <li key={task}>
            <code>{task}</code>
            <Button size="small" disabled={busy} aria-label={t("unconfirmed.adoptLabel", { task })} onClick={() => onAdopt(task)}>
              {t("unconfirmed.adopt")}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** It is not known whether the run started: what happened, and the three things a person can do. */
export function Unconfirmed({ detail }: { detail: RunDetail }) {
  const { recheck, adopt, dismiss } = useUnconfirmed(detail.summary.id);
  const [asking, setAsking] = useState(false);
  const busy = recheck.isPending || adopt.isPending || dismiss.isPending;
  // Somebody else was at it. What they found has come: the note about them is over.
  const { dataUpdatedAt } = useRun(detail.summary.id);
  useEffect(() => {
    for (const decision of [recheck, adopt, dismiss]) if (decision.error?.code === "run.busy") decision.reset();
    // oxlint-disable-next-line react/exhaustive-deps -- only a new look at the run ends the note
  }, [dataUpdatedAt]);
  const error = recheck.error ?? adopt.error ?? dismiss.error;
  const looked = recheck.isSuccess && detail.candidates.length === 0;
  return (
    <section className={styles.panel} aria-label={t("unconfirmed.title")} data-testid="unconfirmed-panel">
      <h2>
        <Icon name="alert" />
        {t("unconfirmed.title")}
      </h2>
      <p>{t("unconfirmed.body")}</p>
      {detail.error?.detail != null && <p className={styles.detail}>{detail.error.detail}</p>}
      {detail.candidates.length > 0 && <Candidates candidates={detail.candidates} busy={busy} onAdopt={(taskId) => adopt.mutate(taskId)} />}
      {looked && <p role="status">{t("unconfirmed.lookedNothing")}</p>}
      {asking ? (
        <div className={styles.confirm} role="group" aria-label={t("unconfirmed.neverConfirm")}>
          <p>
            <strong>{t("unconfirmed.neverConfirm")}</strong> {t("unconfirmed.neverBody")}
          </p>
          <div className={styles.actions}>
            {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- it takes the place of the button that was pressed */}
            <Button variant="danger" autoFocus disabled={busy} onClick={() => dismiss.mutate()}>
              {t("unconfirmed.neverYes")}
            </Button>
            <Button variant="quiet" onClick={() => setAsking(false)}>
              {t("unconfirmed.neverNo")}
            </Button>
          </div>
        </div>
      ) : (
        <div className={styles.actions}>
          <Button variant="primary" icon="search" disabled={busy} onClick={() => recheck.mutate()}>
            {recheck.isPending ? t("unconfirmed.looking") : t("unconfirmed.look")}
          </Button>
          <Button disabled={busy} onClick={() => setAsking(true)}>
            {t("unconfirmed.never")}
          </Button>
        </div>
      )}
      {error !== null && <ErrorNote error={error} actions={{ retry: () => recheck.mutate(), check_run: () => recheck.mutate() }} />}
    </section>
  );
}
