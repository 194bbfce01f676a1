import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";

import { classes } from "../lib/classes";
import { isTyping } from "../lib/keyboard";
import { useScrollPlace } from "./scroll-place";
import styles from "./VirtualRows.module.css";

interface VirtualRowsProps {
  label: string;
  count: number;
  rowHeight: number;
  render: (index: number) => ReactNode;
  /** What a row is, wherever it stands; without it a row is its place. */
  keyOf?: (index: number) => string | undefined;
  /** Told whenever other rows come into sight. */
  onVisible?: (first: number, last: number) => void;
  className?: string | undefined;
  testId?: string;
  /** Under which name the list remembers how far it was scrolled. */
  place?: string;
  /** Which search or filter the list shows; another one begins at the top. */
  scope?: string;
}

/** A list of any length of which only the visible rows exist. Arrow keys walk along the first link or button of each row. */
export function VirtualRows({ label, count, rowHeight, render, keyOf, onVisible, className, testId, place, scope = "" }: VirtualRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    getItemKey: (index) => keyOf?.(index) ?? index,
    useFlushSync: false,
  });
  useScrollPlace(scroller, { place, scope, ready: true });
  const rows = virtual.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  const tell = useRef(onVisible);
  useEffect(() => {
    tell.current = onVisible;
  }, [onVisible]);
  useEffect(() => {
    tell.current?.(first, last);
  }, [first, last]);

  const walk = (from: EventTarget, by: number): void => {
    const index = from instanceof HTMLElement ? Number(from.closest<HTMLElement>("[data-index]")?.dataset["index"]) : Number.NaN;
    const next = index + by;
    if (!Number.isInteger(index) || next < 0 || next >= count) return;
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] :is(a, button)`)?.focus();
    });
  };

  return (
    <div ref={scroller} className={classes(styles.scroller, className)} data-testid={testId}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk along what is interactive inside */}
      <div
        role="list"
        aria-label={label}
        className={styles.canvas}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={(event) => {
          if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || isTyping(event.target)) return;
          event.preventDefault();
          walk(event.target, event.key === "ArrowDown" ? 1 : -1);
        }}
      >
        {rows.map((row) => (
          <div
            key={row.key}
            role="listitem"
            aria-setsize={count}
            aria-posinset={row.index + 1}
            data-index={row.index}
            className={styles.row}
            style={{ height: row.size, transform: `translateY(${row.start}px)` }}
          >
            {render(row.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
