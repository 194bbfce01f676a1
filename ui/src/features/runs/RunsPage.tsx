import { Link, useLocation } from "wouter";

import { Button } from "../../components/Button";
import { EmptyState, ErrorNote, RetryBar, Skeleton } from "../../components/Feedback";
import { Page } from "../../components/Page";
import { StateBadge } from "../../components/StateBadge";
import { Thumb } from "../../components/Thumb";
import { VirtualRows } from "../../components/VirtualRows";
import { useMediaUrl } from "../../data/app-state";
import { useLiveRun } from "../../data/live";
import { useRuns } from "../../data/runs";
import { activeRunsOnly } from "../../lib/active-runs-only";
import { formatCount, formatPercent, formatUsd, formatWhen } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { runActivity } from "../../lib/run-words";
import { useStore } from "../../lib/store";
import type { RunSummary } from "../../platform";
import { RunMenu } from "./RunMenu";
import styles from "./RunsPage.module.css";

const ROW = 64;

function Percent({ run }: { run: RunSummary }) {
  const { percentage } = runActivity(run, useLiveRun(run.id));
  return percentage === null ? null : <span className={styles.percent}>{formatPercent(percentage / 100)}</span>;
}

function RunRow({ run }: { run: RunSummary }) {
  const mediaUrl = useMediaUrl();
  const preview = run.output_ids[0];
  return (
    <div className={styles.row}>
      <Link className={styles.link} href={paths.run(run.id)} data-testid={`run-row-${run.id}`}>
        <Thumb className={styles.thumb} contentType="" src={preview === undefined ? null : mediaUrl("thumbnail", preview)} />
        <span className={styles.words}>
          <span className={styles.caption}>{run.caption || run.title}</span>
          <span className={styles.model}>
            {run.title} <span className={styles.slug}>{run.model}</span>
          </span>
        </span>
        <span className={styles.state}>
          <StateBadge state={run.state} />
          <Percent run={run} />
        </span>
        <span className={styles.end}>
          <span className={styles.cost}>{run.cost_usd === null ? "" : formatUsd(run.cost_usd)}</span>
          <time className={styles.time} dateTime={new Date(run.created_at_ms).toISOString()}>
            {formatWhen(run.created_at_ms)}
          </time>
        </span>
      </Link>
      <RunMenu run={run} />
    </div>
  );
}

function RowSkeleton() {
  return (
    <div className={styles.row} aria-hidden="true">
      <span className={styles.link}>
        <Skeleton className={styles.thumb} />
        <span className={styles.words}>
          <Skeleton width="46%" height={14} />
          <Skeleton className={styles.second} width={140} height={12} />
        </span>
      </span>
    </div>
  );
}

function RunsBody({ activeOnly, onShowAll }: { activeOnly: boolean; onShowAll: () => void }) {
  const runs = useRuns(activeOnly);
  const [, navigate] = useLocation();
  if (runs.error !== null) {
    return (
      <div className={styles.aside}>
        <ErrorNote error={runs.error} actions={{ retry: runs.retry }} />
      </div>
    );
  }
  if (runs.pending) {
    return (
      <div role="group" aria-busy="true" aria-label={t("runs.loading")}>
        {Array.from({ length: 8 }, (_, index) => (
          <RowSkeleton key={index} />
        ))}
      </div>
    );
  }
  if (runs.total === 0) {
    return activeOnly ? (
      <EmptyState icon="runs" title={t("runs.noneActiveTitle")} body={t("runs.noneActiveBody")}>
        <Button onClick={onShowAll}>{t("runs.showAll")}</Button>
      </EmptyState>
    ) : (
      <EmptyState icon="runs" title={t("runs.emptyTitle")} body={t("runs.emptyBody")}>
        <Button variant="primary" onClick={() => navigate(paths.models)}>
          {t("runs.browse")}
        </Button>
      </EmptyState>
    );
  }
  return (
    <>
      {runs.partError !== null && <RetryBar error={runs.partError} onRetry={runs.retry} />}
      <VirtualRows
        place="runs"
        scope={String(activeOnly)}
        key={String(activeOnly)}
        label={t("runs.list")}
        count={runs.total}
        rowHeight={ROW}
        onVisible={runs.show}
        testId="run-list"
        // A menu or a question stays with its run when others come before it.
        keyOf={(index) => runs.at(index)?.id}
        render={(index) => {
          const run = runs.at(index);
          return run === undefined ? <RowSkeleton /> : <RunRow run={run} />;
        }}
      />
    </>
  );
}

function Count({ activeOnly }: { activeOnly: boolean }) {
  const runs = useRuns(activeOnly);
  return runs.pending || runs.error !== null ? null : <span>{t("runs.count", { count: runs.total, formatted: formatCount(runs.total) })}</span>;
}

/** All runs of this library, newest first. */
export function RunsPage() {
  const activeOnly = useStore(activeRunsOnly);
  return (
    <Page
      title={t("runs.title")}
      note={<Count activeOnly={activeOnly} />}
      tools={
        <Button size="small" aria-pressed={activeOnly} className={activeOnly ? styles.pressed : undefined} onClick={() => activeRunsOnly.set((current) => !current)}>
          {t("runs.activeOnly")}
        </Button>
      }
    >
      <RunsBody activeOnly={activeOnly} onShowAll={() => activeRunsOnly.set(false)} />
    </Page>
  );
}
