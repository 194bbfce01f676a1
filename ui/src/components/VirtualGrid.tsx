import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

import { useScrollPlace } from "./scroll-place";
import styles from "./VirtualGrid.module.css";

interface VirtualGridProps {
  label: string;
  count: number;
  /** Least width of a tile; the rest of the row is shared out. */
  tileWidth: number;
  /** Height of what stands under the square picture. */
  captionHeight: number;
  gap: number;
  render: (index: number) => ReactNode;
  onVisible?: (first: number, last: number) => void;
  testId?: string;
  /** Under which name the list remembers how far it was scrolled. */
  place?: string;
}

const MOVES: Readonly<Record<string, (columns: number) => number>> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
};

/** Width of an element without its padding, as it is now. */
function useInnerWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const style = getComputedStyle(element);
      setWidth(element.clientWidth - (Number.parseFloat(style.paddingLeft) || 0) - (Number.parseFloat(style.paddingRight) || 0));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** A grid of any length of which only the visible tiles exist. Arrow keys walk in both directions. */
export function VirtualGrid({ label, count, tileWidth, captionHeight, gap, render, onVisible, testId, place }: VirtualGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useInnerWidth(scroller);
  const columns = Math.max(1, Math.floor((width + gap) / (tileWidth + gap)));
  const tile = Math.max(tileWidth, Math.floor((width - gap * (columns - 1)) / columns));
  const rowHeight = tile + captionHeight + gap;
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(count / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    useFlushSync: false,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);

  useScrollPlace(scroller, { place, scope: "", ready: width > 0 });

  const rows = virtual.getVirtualItems();
  const first = (rows[0]?.index ?? 0) * columns;
  const last = Math.min(count - 1, ((rows.at(-1)?.index ?? 0) + 1) * columns - 1);
  const tell = useRef(onVisible);
  useEffect(() => {
    tell.current = onVisible;
  }, [onVisible]);
  useEffect(() => {
    if (last >= 0) tell.current?.(first, last);
  }, [first, last]);

  const walk = (from: EventTarget, by: number): void => {
    const index = from instanceof HTMLElement ? Number(from.closest<HTMLElement>("[data-index]")?.dataset["index"]) : Number.NaN;
    const next = index + by;
    if (!Number.isInteger(index) || next < 0 || next >= count) return;
    virtual.scrollToIndex(Math.floor(next / columns));
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] :is(a, button)`)?.focus();
    });
  };

  return (
    <div ref={scroller} className={styles.scroller} data-testid={testId}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk along what is interactive inside */}
      <div
        role="list"
        aria-label={label}
        className={styles.canvas}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={(event) => {
          const move = MOVES[event.key];
          if (move === undefined) return;
          event.preventDefault();
          walk(event.target, move(columns));
        }}
      >
        {rows.flatMap((row) =>
          Array.from({ length: Math.min(columns, count - row.index * columns) }, (_, column) => {
            const index = row.index * columns + column;
            return (
              <div
                key={index}
                role="listitem"
                aria-setsize={count}
                aria-posinset={index + 1}
                data-index={index}
                className={styles.cell}
                style={{ width: tile, height: tile + captionHeight, transform: `translate(${column * (tile + gap)}px, ${row.start}px)` }}
              >
                {render(index)}
              </div>
            );
          }),
        )}
      </div>
    </div>
  );
}
