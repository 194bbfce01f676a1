import { type RefObject, useLayoutEffect } from "react";

/** How far each list was scrolled, and which search or filter that was in. */
const places = new Map<string, { scope: string; top: number }>();

interface ScrollPlace {
  /** Names the list; none keeps no place. */
  place: string | undefined;
  /** The place counts only for the same search or filter. */
  scope: string;
  /** The list has its full height. */
  ready: boolean;
}

/** Brings a list back to where it was left. */
export function useScrollPlace(scroller: RefObject<HTMLElement | null>, { place, scope, ready }: ScrollPlace): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (place === undefined || !ready || element === null) return undefined;
    const left = places.get(place);
    if (left?.scope === scope) element.scrollTo({ top: left.top });
    const note = (): void => void places.set(place, { scope, top: element.scrollTop });
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, [scroller, place, scope, ready]);
}
