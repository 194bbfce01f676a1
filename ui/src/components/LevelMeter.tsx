import { useEffect, useRef } from "react";

import { levelShare } from "../lib/level";
import styles from "./LevelMeter.module.css";

/** Tells a loudness in dB of full scale at once, many times a second; `null` is silence. */
export type LevelSource = (listener: (dbfs: number | null) => void) => () => void;

/** How loud something is. It is drawn past React; what it is the level of stands in words beside it. */
export function LevelMeter({ source }: { source: LevelSource }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      source((dbfs) => {
        bar.current?.style.setProperty("--level", `${(levelShare(dbfs) * 100).toFixed(1)}%`);
      }),
    [source],
  );
  return (
    <div className={styles.meter} aria-hidden="true">
      <div ref={bar} className={styles.level} />
    </div>
  );
}
