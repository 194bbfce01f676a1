import { useCallback, useSyncExternalStore } from "react";

import { frameQueue } from "../lib/frame-queue";
import { isActive } from "../lib/run-words";
import type { LogLine, Progress, RunDetail, RunProgressed } from "../platform";

/** What a running model says, faster than React should hear it. */
export interface LiveRun {
  status: string | null;
  progress: Progress | null;
  log: readonly LogLine[];
  /** There were lines before the first one here. */
  cut: boolean;
  /** The run is over and the library has its whole log: what is still heard of it is known already. */
  over: boolean;
  /** The end of the log as far as it was read and not heard yet: the same lines may still come by event. */
  unheard: readonly LogLine[];
}

const QUIET: LiveRun = { status: null, progress: null, log: [], cut: false, over: false, unheard: [] };
const MAX_LINES = 2000;
/** The library tells no more than that of the end of a log. */
const LIBRARY_LINES = 500;
/** Runs nobody looks at are kept up to that many; their logs are in the library. */
const MAX_RUNS = 20;
/** How many lines are compared to find where a page of the log meets what was heard already. */
const OVERLAP = 40;

function sameLines(a: readonly LogLine[], b: readonly LogLine[]): boolean {
  return a.every((line, index) => line.text === b[index]?.text && line.stream === b[index]?.stream);
}

/** Where in `lines` the end of `log` stands: the place after it, 0 when it is nowhere. */
function placeOfEnd(log: readonly LogLine[], lines: readonly LogLine[]): number {
  for (let end = lines.length; end > 0 && log.length > 0; end -= 1) {
    const length = Math.min(log.length, end, OVERLAP);
    if (sameLines(log.slice(log.length - length), lines.slice(end - length, end))) return end;
  }
  return 0;
}

/**
 * One log from the end that the library kept and what was heard by event. What a person reads is never taken away from
 * them: the longer of the two begins, the other only adds what comes after it. With nothing in common, lines were
 * missed, and the library is the truth.
 */
export function joinLogs(known: readonly LogLine[], heard: readonly LogLine[]): readonly LogLine[] {
  if (known.length === 0) return heard;
  const heardFrom = placeOfEnd(known, heard);
  if (heardFrom > 0) return known.length < heardFrom ? heard : [...known, ...heard.slice(heardFrom)];
  const knownFrom = placeOfEnd(heard, known);
  return knownFrom > 0 && heard.length > knownFrom ? [...heard, ...known.slice(knownFrom)] : known;
}

/**
 * Which of the lines that are heard now are not in the log already. Lines are heard in their order, so those that were
 * read first are the next to be heard; where that began is not known, and the shortest overlap is taken.
 */
function takeHeard(unheard: readonly LogLine[], lines: readonly LogLine[]): { fresh: readonly LogLine[]; unheard: readonly LogLine[] } {
  for (let start = unheard.length - 1; start >= 0 && lines.length > 0; start -= 1) {
    const length = Math.min(unheard.length - start, lines.length);
    if (sameLines(lines.slice(0, length), unheard.slice(start, start + length))) {
      return { fresh: lines.slice(length), unheard: unheard.slice(start + length) };
    }
  }
  return { fresh: lines, unheard: lines.length === 0 ? unheard : [] };
}

/** What a new look at the library adds to the lines that may still be heard. */
function stillUnheard(current: LiveRun, known: readonly LogLine[]): readonly LogLine[] {
  const place = placeOfEnd(current.log, known);
  // Where both begin anew, the last lines may be on their way still.
  if (place === 0) return placeOfEnd(known, current.log) > 0 ? current.unheard : known.slice(-OVERLAP);
  return [...current.unheard, ...known.slice(place)].slice(-OVERLAP);
}

function createLive() {
  const runs = new Map<string, LiveRun>();
  const listeners = new Map<() => void, string>();
  const flush = frameQueue(() => {
    for (const listener of listeners.keys()) listener();
  });
  const prune = (): void => {
    const watched = new Set(listeners.values());
    for (const id of runs.keys()) {
      if (runs.size <= MAX_RUNS) return;
      if (!watched.has(id)) runs.delete(id);
    }
  };
  const set = (id: string, next: LiveRun): void => {
    // Taken out first, so that the map goes from the run unheard of for longest to the latest.
    runs.delete(id);
    runs.set(id, next.log.length > MAX_LINES ? { ...next, log: next.log.slice(-MAX_LINES), cut: true } : next);
    prune();
    flush();
  };
  return {
    get: (id: string): LiveRun => runs.get(id) ?? QUIET,
    /** Takes an event in. Says whether the status is a new one. */
    hear(event: RunProgressed): boolean {
      const current = runs.get(event.run_id) ?? QUIET;
      const { fresh, unheard } = takeHeard(current.unheard, event.log);
      set(event.run_id, {
        status: event.status ?? current.status,
        progress: event.progress ?? current.progress,
        log: current.over || fresh.length === 0 ? current.log : [...current.log, ...fresh],
        cut: current.cut,
        over: current.over,
        unheard,
      });
      return event.status !== null && event.status !== current.status;
    },
    /** Puts what the library knows under what was heard. */
    rebase(id: string, detail: RunDetail): void {
      const current = runs.get(id) ?? QUIET;
      const over = !isActive(detail.summary.state);
      // A line may be read and heard: of a run that is over, a log that the library tells whole is the truth.
      const log = over && detail.log.length < LIBRARY_LINES ? detail.log : joinLogs(detail.log, current.log);
      set(id, {
        status: detail.summary.status ?? current.status,
        progress: detail.progress ?? current.progress,
        log,
        unheard: stillUnheard(current, detail.log),
        cut: current.cut || (detail.log.length >= LIBRARY_LINES && log[0] === detail.log[0]),
        over,
      });
    },
    subscribe(id: string, listener: () => void): () => void {
      listeners.set(listener, id);
      return () => listeners.delete(listener);
    },
    clear(): void {
      runs.clear();
    },
  };
}

export const live = createLive();

export function useLiveRun(id: string): LiveRun {
  const subscribe = useCallback((listener: () => void) => live.subscribe(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => live.get(id));
}
