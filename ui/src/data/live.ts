import { useSyncExternalStore } from "react";

import { frameQueue } from "../lib/frame-queue";
import type { LogLine, Progress, RunDetail, RunProgressed } from "../platform";

/** What a running model says, faster than React should hear it. */
export interface LiveRun {
  status: string | null;
  progress: Progress | null;
  log: readonly LogLine[];
}

const QUIET: LiveRun = { status: null, progress: null, log: [] };
const MAX_LINES = 2000;
/** How many lines are compared to find where a page of the log meets what was heard already. */
const OVERLAP = 40;

function sameLines(a: readonly LogLine[], b: readonly LogLine[]): boolean {
  return a.every((line, index) => line.text === b[index]?.text && line.stream === b[index]?.stream);
}

/**
 * Lines heard after the library's log ended. The library's log is the truth up to the moment it was read; what came by
 * event in the meantime follows its last lines.
 */
export function linesAfter(known: readonly LogLine[], heard: readonly LogLine[]): readonly LogLine[] {
  if (known.length === 0) return heard;
  for (let end = heard.length; end > 0; end -= 1) {
    const length = Math.min(known.length, end, OVERLAP);
    if (sameLines(known.slice(known.length - length), heard.slice(end - length, end))) return heard.slice(end);
  }
  return [];
}

function createLive() {
  const runs = new Map<string, LiveRun>();
  const listeners = new Set<() => void>();
  const flush = frameQueue(() => {
    for (const listener of listeners) listener();
  });
  const set = (id: string, next: LiveRun): void => {
    runs.set(id, next.log.length > MAX_LINES ? { ...next, log: next.log.slice(-MAX_LINES) } : next);
    flush();
  };
  return {
    get: (id: string): LiveRun => runs.get(id) ?? QUIET,
    /** Takes an event in. Says whether the status is a new one. */
    hear(event: RunProgressed): boolean {
      const current = runs.get(event.run_id) ?? QUIET;
      set(event.run_id, {
        status: event.status ?? current.status,
        progress: event.progress ?? current.progress,
        log: event.log.length === 0 ? current.log : [...current.log, ...event.log],
      });
      return event.status !== null && event.status !== current.status;
    },
    /** Puts what the library knows under what was heard. */
    rebase(id: string, detail: RunDetail): void {
      const current = runs.get(id) ?? QUIET;
      const extra = linesAfter(detail.log, current.log);
      set(id, {
        status: detail.summary.status ?? current.status,
        progress: detail.progress ?? current.progress,
        log: extra.length === 0 ? detail.log : [...detail.log, ...extra],
      });
    },
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear(): void {
      runs.clear();
    },
  };
}

export const live = createLive();

export function useLiveRun(id: string): LiveRun {
  return useSyncExternalStore(live.subscribe, () => live.get(id));
}
