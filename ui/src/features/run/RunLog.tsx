import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { classes } from "../../lib/classes";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import type { LogLine } from "../../platform";
import styles from "./RunLog.module.css";

const ROW = 18;
/** How near to the end still counts as being at the end. */
const SLACK = 4;

/**
 * The end of what the model printed. It follows new lines, unless the person scrolled up: only their own scrolling lets
 * go, and only their own scrolling takes hold again.
 */
export function RunLog({ lines, cut, rows }: { lines: readonly LogLine[]; cut: boolean; rows: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
    useFlushSync: false,
  });
  useEffect(() => {
    const element = box.current;
    if (following && element !== null) element.scrollTop = element.scrollHeight;
  }, [following, lines]);
  const height = Math.min(rows, Math.max(2, lines.length)) * ROW + 16;
  return (
    <div className={styles.log}>
      <div
        ref={box}
        className={styles.box}
        style={{ height }}
        role="log"
        aria-live="off"
        aria-label={t("run.log")}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        tabIndex={0}
        data-testid="run-log"
        onScroll={(event) => {
          const element = event.currentTarget;
          setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight <= SLACK);
        }}
      >
        <div className={styles.canvas} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (line === undefined) return null;
            return (
              <div key={item.key} className={classes(styles.line, line.stream === "stderr" && styles.stderr)} style={{ transform: `translateY(${item.start}px)` }}>
                {line.text}
              </div>
            );
          })}
        </div>
      </div>
      <div className={styles.foot}>
        <span>{t(cut ? "run.logLast" : "run.logLines", { count: lines.length, formatted: formatCount(lines.length) })}</span>
        {!following && (
          <Button size="small" variant="quiet" icon="chevron" onClick={() => setFollowing(true)}>
            {t("run.logFollow")}
          </Button>
        )}
      </div>
    </div>
  );
}
