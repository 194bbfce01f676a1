import { ProgressBar } from "../../components/Feedback";
import type { LiveRun } from "../../data/live";
import { t } from "../../lib/i18n";
import { RUN_STATES, statusWords } from "../../lib/run-words";
import type { Progress, RunDetail } from "../../platform";
import styles from "./RunProgress.module.css";

function percentage(progress: Progress | null): number | null {
  if (progress === null) return null;
  if (progress.percentage !== null) return progress.percentage;
  const { step, steps } = progress;
  return step !== null && steps !== null && steps > 0 ? (step / steps) * 100 : null;
}

/** The status as words, without those that only say that more was printed. */
function statusLine(detail: RunDetail, live: LiveRun): string {
  const { state, status } = detail.summary;
  const latest = live.status ?? status;
  if (state !== "running" || latest === null) return t(RUN_STATES[state].label);
  const printed = latest.startsWith("task_output") || latest === "task_error";
  return statusWords(printed ? "task_start" : latest);
}

export function RunProgress({ detail, live }: { detail: RunDetail; live: LiveRun }) {
  const running = detail.summary.state === "running";
  const progress = running ? live.progress : null;
  const steps = progress !== null && progress.step !== null && progress.steps !== null ? t("run.step", { step: progress.step, steps: progress.steps }) : null;
  const facts = [steps, progress?.remaining == null ? null : t("run.remaining", { time: progress.remaining })].filter((fact) => fact !== null);
  return (
    <div className={styles.progress}>
      <div className={styles.words}>
        <span className={styles.what}>{progress?.task ?? statusLine(detail, live)}</span>
        <span className={styles.facts}>{facts.join(" · ")}</span>
      </div>
      <ProgressBar label={t("run.progress", { title: detail.summary.title })} percentage={percentage(progress)} />
    </div>
  );
}
