import { createStore } from "../lib/store";

/** The run that was started last on each model page, for as long as the app is open. */
export const latestRuns = createStore<Readonly<Record<string, string>>>({});

export function noteRun(model: string, runId: string): void {
  latestRuns.set((current) => ({ ...current, [model]: runId }));
}
