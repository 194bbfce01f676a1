import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { type ErrorActions, ErrorNote, Note, RemedyButton, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { StateBadge } from "../../components/StateBadge";
import { useLiveRun } from "../../data/live";
import { useRun } from "../../data/runs";
import { activeRunsOnly } from "../../lib/active-runs-only";
import { announce } from "../../lib/announce";
import { readError } from "../../lib/errors";
import { formatUsd } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { isActive, isDismissed, lostOutputs, RUN_STATES, stateBody } from "../../lib/run-words";
import type { AppError, RunDetail, RunState } from "../../platform";
import { RunControls, RunHistory } from "./RunControls";
import { RunLog } from "./RunLog";
import { RunOutputs } from "./RunOutputs";
import styles from "./RunPanel.module.css";
import { RunProgress } from "./RunProgress";
import { RunTimeline } from "./RunTimeline";
import { Unconfirmed } from "./Unconfirmed";

/** Says a change of state once, never the state a page opened with. */
function useSpokenState(detail: RunDetail): void {
  const { title, state } = detail.summary;
  const last = useRef<RunState>(state);
  useEffect(() => {
    if (last.current === state) return;
    last.current = state;
    announce(t("run.announce", { title, state: t(RUN_STATES[state].label) }));
  }, [title, state]);
}

export function costWords(detail: RunDetail): string {
  const { cost_usd: cost, state } = detail.summary;
  if (cost !== null) return formatUsd(cost);
  if (isDismissed(detail)) return t("run.costUnclear");
  return state === "refused" || state === "not_sent" ? t("run.costNone") : t("run.costUnknown");
}

/** Where a run is shown: on a page of its own, or beside the form it came from. */
export type RunPlace = "page" | "panel";

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** While it runs, each step; afterwards only on request, so that the log is in sight. */
function Timeline({ detail }: { detail: RunDetail }) {
  const active = isActive(detail.summary.state);
  const steps = <RunTimeline steps={detail.timeline} active={active} />;
  if (active) return <Section title={t("run.timeline")}>{steps}</Section>;
  return (
    <details className={styles.past}>
      <summary>{t("run.timeline")}</summary>
      {steps}
    </details>
  );
}

interface TroubleProps {
  detail: RunDetail;
  error: AppError;
  place: RunPlace;
  onLog: (() => void) | null;
}

/** What is in the way of a run that goes on. Nothing here leads to paying a second time. */
function Hindrance({ detail, error }: { detail: RunDetail; error: AppError }) {
  const { title, body, detail: said } = readError(error);
  // It waits for a slot, as it should: nothing is wrong.
  if (error.code === "limit.concurrent") return <Note severity="notice" title={title} body={body} detail={null} testId="run-trouble" />;
  const away = error.code === "auth.missing";
  const words = away ? t("run.otherAccountBody") : t(error.code.startsWith("keychain.") ? "run.keyBody" : "run.troubleBody");
  return (
    <Note severity="warning" title={away ? t("run.otherAccount") : title} body={words} detail={said} testId="run-trouble">
      <RemedyButton error={error} accountId={detail.summary.account_id} />
    </Note>
  );
}

/** What is wrong with a run. */
function Trouble({ detail, error, place, onLog }: TroubleProps) {
  const [, navigate] = useLocation();
  if (isActive(detail.summary.state)) return <Hindrance detail={detail} error={error} />;
  if (isDismissed(detail)) return <Note severity="notice" title={t("run.dismissedTitle")} body={t("run.dismissedBody")} detail={error.detail} />;
  const toModel = (): void => navigate(paths.model(detail.summary.model));
  const actions: ErrorActions = {
    // Beside the form there is nowhere to go: it is there already.
    ...(place === "page" ? { retry: toModel, edit_inputs: toModel, choose_file: toModel } : {}),
    wait: () => {
      activeRunsOnly.set(true);
      navigate(paths.runs);
    },
    ...(onLog === null ? {} : { open_run: onLog }),
  };
  return <ErrorNote error={error} accountId={detail.summary.account_id} actions={actions} retryLabel={t("run.openModel")} />;
}

const LOG_ROWS: Record<RunPlace, number> = { page: 14, panel: 7 };

interface RunBodyProps {
  detail: RunDetail;
  place: RunPlace;
}

/** The moving part of a run, as both the panel and the page show it. */
export function RunBody({ detail, place }: RunBodyProps) {
  const live = useLiveRun(detail.summary.id);
  const log = useRef<HTMLDivElement>(null);
  const { state } = detail.summary;
  const showLog = live.log.length > 0;
  useSpokenState(detail);
  return (
    <>
      {state !== "unconfirmed" && (detail.error === null || lostOutputs(detail) > 0) && <p className={styles.quiet}>{stateBody(detail)}</p>}
      {isActive(state) && detail.error === null && <RunProgress detail={detail} live={live} />}
      {state === "unconfirmed" && <Unconfirmed detail={detail} />}
      {state !== "unconfirmed" && detail.error !== null && (
        <Trouble detail={detail} error={detail.error} place={place} onLog={showLog ? () => log.current?.querySelector<HTMLElement>("[tabindex]")?.focus() : null} />
      )}
      <RunControls key={detail.summary.id} detail={detail} place={place} />
      <RunHistory detail={detail} />
      {detail.outputs.length > 0 && (
        <Section title={t("run.outputs")}>
          <RunOutputs outputs={detail.outputs} />
        </Section>
      )}
      {state === "succeeded" && detail.outputs.length === 0 && detail.text === null && <p className={styles.quiet}>{t("run.outputsEmpty")}</p>}
      {detail.text !== null && (
        <Section title={t("run.text")}>
          <p className={styles.text}>{detail.text}</p>
        </Section>
      )}
      {detail.timeline.length > 0 && (
        <Timeline detail={detail} />
      )}
      {showLog && (
        <div ref={log}>
          <Section title={t("run.log")}>
            <RunLog lines={live.log} cut={live.cut} rows={LOG_ROWS[place]} />
          </Section>
        </div>
      )}
    </>
  );
}

/** A run in short, beside the form that started it. */
export function RunPanel({ runId }: { runId: string }) {
  const run = useRun(runId);
  if (run.data === undefined) {
    return (
      <section className={styles.panel} data-testid="run-panel" aria-busy={run.isPending} aria-label={t("model.latest")}>
        {run.error === null ? <Skeleton height={120} /> : <ErrorNote error={run.error} actions={{ retry: () => void run.refetch() }} />}
      </section>
    );
  }
  const detail = run.data;
  const { state } = detail.summary;
  return (
    <section className={styles.panel} data-testid="run-panel" aria-label={t("model.latest")}>
      <header className={styles.head}>
        <StateBadge state={state} testId="run-state" />
        {!isActive(state) && <span className={styles.cost}>{costWords(detail)}</span>}
        <Link className={styles.more} href={paths.run(runId)}>
          {t("run.open")}
          <Icon name="right" size={14} />
        </Link>
      </header>
      <RunBody detail={detail} place="panel" />
    </section>
  );
}
