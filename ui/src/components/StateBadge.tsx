import { classes } from "../lib/classes";
import { t } from "../lib/i18n";
import { RUN_STATES } from "../lib/run-words";
import type { RunState } from "../platform";
import styles from "./StateBadge.module.css";

/** The state of a run in words, with a dot of its tone. */
export function StateBadge({ state, testId }: { state: RunState; testId?: string }) {
  const words = RUN_STATES[state];
  return (
    <span className={classes(styles.badge, styles[words.tone])} data-testid={testId} data-state={state}>
      <span className={styles.dot} aria-hidden="true" />
      {t(words.label)}
    </span>
  );
}
