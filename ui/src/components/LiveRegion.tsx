import { announcements } from "../lib/announce";
import { useStore } from "../lib/store";
import styles from "./Hidden.module.css";

/** Says to a screen reader what changed elsewhere on the window. */
export function LiveRegion() {
  const { id, text } = useStore(announcements);
  return (
    <div className={styles.hidden} role="status" aria-live="polite" aria-atomic="true" data-testid="live-region">
      {/* A new element each time, so that the same words twice are said twice. */}
      <span key={id}>{text}</span>
    </div>
  );
}
