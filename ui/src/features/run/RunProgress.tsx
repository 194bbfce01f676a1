import { ProgressBar } from "../../components/Feedback";
import type { LiveRun } from "../../data/live";
import { t } from "../../lib/i18n";
import { runActivity } from "../../lib/run-words";
import type { RunDetail } from "../../platform";
import styles from "./RunProgress.module.css";

export function RunProgress({ detail, live }: { detail: RunDetail; live: LiveRun }) {
  const { words, percentage, progress } = runActivity(detail.summary, live);
  const steps = progress !== null && progress.step !== null && progress.steps !== null ? t("run.step", { step: progress.step, steps: progress.steps }) : null;
  const facts = [steps, progress?.remaining == null ? null : t("run.remaining", { time: progress.remaining })].filter((fact) => fact !== null);
  return (
    <div className={styles.progress}>
      <div className={styles.words}>
        <span className={styles.what}>{words}</span>
        <span className={styles.facts}>{facts.join(" · ")}</span>
      </div>
      <ProgressBar label={t("run.progress", { title: detail.summary.title })} percentage={percentage} />
    </div>
  );
}
