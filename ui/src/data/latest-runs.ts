import { createStore } from "../lib/store";

/** The run that was started last on each model page, for as long as the app is open. */
export const latestRuns = createStore<Readonly<Record<string, string>>>({});

/** Takes a run that is no more off the page of its model. */
export function dropRun(runId: string): void {
  latestRuns.set((current) => Object.fromEntries(Object.entries(current).filter(([, id]) => id !== runId)));
}

export function noteRun(model: string, runId: string): void {
  latestRuns.set((current) => ({ ...current, [model]: runId }));
}
