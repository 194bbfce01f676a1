import { useEffect, useMemo } from "react";

export interface Hold {
  /** A key, a pointer or whatever else holds the button goes down; down again while it is down is nothing. */
  down: (holder: string) => void;
  up: (holder: string) => void;
  /** Everything comes up: the window lost the focus, and nobody will tell when the key does. */
  release: () => void;
}

/** One press, whoever holds: it begins with the first that goes down and ends with the last that comes up. */
export function createHold(press: () => void, release: () => void): Hold {
  const holders = new Set<string>();
  const without = (change: () => void): void => {
    const held = holders.size > 0;
    change();
    if (held && holders.size === 0) release();
  };
  return {
    down: (holder) => {
      const first = holders.size === 0;
      holders.add(holder);
      if (first) press();
    },
    up: (holder) => without(() => holders.delete(holder)),
    release: () => without(() => holders.clear()),
  };
}

/** Controls that want the space bar for themselves. */
const OWN_SPACE = 'input, textarea, select, button, a, summary, audio, video, [contenteditable=""], [contenteditable="true"], [role="radio"], [role="switch"], [role="checkbox"], [role="option"], [role="menuitem"], [role="menuitemradio"], [role="slider"], [role="combobox"], [role="listbox"]';

/** Whether the space bar is free for talking while the focus is there. */
export function isSpaceFree(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return true;
  return target.closest("[data-talk]") !== null || target.closest(OWN_SPACE) === null;
}

const isSpace = (event: KeyboardEvent): boolean => event.code === "Space" || event.key === " ";
const withoutModifiers = (event: KeyboardEvent): boolean => !event.ctrlKey && !event.altKey && !event.metaKey;

/**
 * Hold to talk, with the space bar anywhere on the page. A held key that repeats is one press; a window that loses the
 * focus lets go. Both functions must stay the same from one drawing to the next.
 */
export function useHold(enabled: boolean, press: () => void, release: () => void): Hold {
  const hold = useMemo(() => createHold(press, release), [press, release]);
  useEffect(() => {
    if (!enabled) return undefined;
    const onDown = (event: KeyboardEvent): void => {
      if (!isSpace(event) || !withoutModifiers(event) || event.isComposing || !isSpaceFree(event.target)) return;
      // The page must not scroll, and a button must not be clicked as well.
      event.preventDefault();
      if (!event.repeat) hold.down("space");
    };
    const onUp = (event: KeyboardEvent): void => {
      if (!isSpace(event)) return;
      if (isSpaceFree(event.target)) event.preventDefault();
      hold.up("space");
    };
    const onHidden = (): void => {
      if (document.visibilityState === "hidden") hold.release();
    };
    document.addEventListener("keydown", onDown);
    document.addEventListener("keyup", onUp);
    document.addEventListener("visibilitychange", onHidden);
    window.addEventListener("blur", hold.release);
    return () => {
      document.removeEventListener("keydown", onDown);
      document.removeEventListener("keyup", onUp);
      document.removeEventListener("visibilitychange", onHidden);
      window.removeEventListener("blur", hold.release);
      hold.release();
    };
  }, [enabled, hold]);
  return hold;
}
