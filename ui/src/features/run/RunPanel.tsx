import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { type ErrorActions, ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { StateBadge } from "../../components/StateBadge";
import { useLiveRun } from "../../data/live";
import { useRun, useUnconfirmed } from "../../data/runs";
import { announce } from "../../lib/announce";
import { formatUsd } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { isActive, RUN_STATES } from "../../lib/run-words";
import type { RunDetail, RunState } from "../../platform";
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
  return state === "refused" || state === "not_sent" ? t("run.costNone") : t("run.costUnknown");
}

/** What can be done about an error of a run, by what it suggests. */
export function useRunErrorActions(detail: RunDetail, onLog: (() => void) | null): ErrorActions {
  const [, navigate] = useLocation();
  const { recheck } = useUnconfirmed(detail.summary.id);
  const toModel = (): void => navigate(paths.model(detail.summary.model));
  return {
    retry: toModel,
    edit_inputs: toModel,
    choose_file: toModel,
    check_run: () => recheck.mutate(),
    wait: () => navigate(paths.runs),
    ...(onLog === null ? {} : { open_run: onLog }),
  };
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

interface RunBodyProps {
  detail: RunDetail;
  logRows: number;
}

/** The moving part of a run, as both the panel and the page show it. */
export function RunBody({ detail, logRows }: RunBodyProps) {
  const live = useLiveRun(detail.summary.id);
  const log = useRef<HTMLDivElement>(null);
  const { state } = detail.summary;
  const showLog = live.log.length > 0;
  const actions = useRunErrorActions(detail, showLog ? () => log.current?.querySelector<HTMLElement>("[tabindex]")?.focus() : null);
  useSpokenState(detail);
  return (
    <>
      {isActive(state) && <RunProgress detail={detail} live={live} />}
      {state === "unconfirmed" ? <Unconfirmed detail={detail} /> : detail.error !== null && <ErrorNote error={detail.error} actions={actions} />}
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
        <Section title={t("run.timeline")}>
          <RunTimeline steps={detail.timeline} active={isActive(state)} />
        </Section>
      )}
      {showLog && (
        <div ref={log}>
          <Section title={t("run.log")}>
            <RunLog lines={live.log} rows={logRows} />
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
      {state !== "unconfirmed" && detail.error === null && <p className={styles.quiet}>{t(RUN_STATES[state].body)}</p>}
      <RunBody detail={detail} logRows={7} />
    </section>
  );
}
