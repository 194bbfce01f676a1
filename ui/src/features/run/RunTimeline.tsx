import { classes } from "../../lib/classes";
import { formatClock } from "../../lib/format";
import { statusWords } from "../../lib/run-words";
import type { StatusStep } from "../../platform";
import styles from "./RunTimeline.module.css";

/** Each status with the time it was first seen. */
export function RunTimeline({ steps, active }: { steps: readonly StatusStep[]; active: boolean }) {
  return (
    <ol className={styles.timeline}>
      {steps.map((step, index) => (
        <li key={step.status} className={classes(active && index === steps.length - 1 && styles.now)}>
          <span className={styles.dot} aria-hidden="true" />
          <span className={styles.words}>{statusWords(step.status)}</span>
          <time dateTime={new Date(step.at_ms).toISOString()}>{formatClock(step.at_ms)}</time>
        </li>
      ))}
    </ol>
  );
}
