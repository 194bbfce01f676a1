import type { OutputCommands, RunCommands } from "../platform";
import type { OutputSummary, RunActions, RunDetail } from "../types";
import { error, NOW_MS, SETTLED } from "./shelf";
import { cancelRun, startAgain, startRun } from "./simulation";
import type { World } from "./world";

const OVER: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);
const FINAL: ReadonlySet<string> = new Set([...OVER, "refused", "not_sent"]);
const BEFORE: ReadonlySet<string> = new Set(["prepared", "waiting", "sending"]);

function actionsOf({ summary, is_stopping: stopping, files_deleted_at_ms: deleted }: RunDetail): RunActions {
  const { state, task_id: task } = summary;
  return {
    stop: (BEFORE.has(state) || state === "running") && !stopping,
    retry: FINAL.has(state),
    delete_files: OVER.has(state) && task !== null && deleted === null,
    forget: SETTLED.has(state) || state === "running",
  };
}

/** A run as the core tells it: a copy, with what may be done to it where it stands. */
function told(run: RunDetail): RunDetail {
  return { ...structuredClone(run), actions: actionsOf(run) };
}

function find(world: World, id: string): RunDetail {
  const run = world.runs.find((item) => item.summary.id === id);
  if (run === undefined) throw error("run.unknown", "none", null);
  return run;
}

function changed(world: World, run: RunDetail): RunDetail {
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
  return told(run);
}

function stop(world: World, run: RunDetail): void {
  if (!actionsOf(run).stop) throw error("run.busy", "open_run", null);
  if (BEFORE.has(run.summary.state)) {
    run.summary = { ...run.summary, state: "not_sent", finished_at_ms: NOW_MS };
    return;
  }
  run.is_stopping = true;
  setTimeout(() => cancelRun(world, run), world.stepMs);
}

export function runCommands(world: World): RunCommands {
  const known = new Map<string, string>();
  const once = (intent: string, start: () => RunDetail): RunDetail => {
    const existing = known.get(intent);
    const run = existing === undefined ? start() : find(world, existing);
    known.set(intent, run.summary.id);
    return run;
  };
  return {
    runSubmit: async (submission) => structuredClone(once(submission.intent_id, () => startRun(world, submission)).summary),
    runList: async ({ active_only, start, limit }) => {
      const all = world.runs.map((item) => item.summary);
      const active = all.filter((item) => !SETTLED.has(item.state));
      const shown = active_only ? active : all;
      return { runs: structuredClone(shown.slice(start, start + limit)), total: shown.length, active: active.length };
    },
    runShow: async (id) => told(find(world, id)),
    runRecheck: async (id) => changed(world, find(world, id)),
    runAdopt: async (id, taskId) => {
      const run = find(world, id);
      run.summary = { ...run.summary, state: "running", status: "task_start", task_id: taskId };
      run.timeline = [{ status: "task_start", at_ms: Date.now() }];
      run.candidates = [];
      run.error = null;
      return changed(world, run);
    },
    runDismiss: async (id) => {
      const run = find(world, id);
      run.summary = { ...run.summary, state: "not_sent", finished_at_ms: NOW_MS };
      run.candidates = [];
      run.error = error("run.unconfirmed", "none", null);
      return changed(world, run);
    },
    runStop: async (id) => {
      const run = find(world, id);
      stop(world, run);
      return changed(world, run);
    },
    runRetry: async (id, intentId) => structuredClone(once(intentId, () => startAgain(world, find(world, id))).summary),
    runDeleteFiles: async (id) => {
      const run = find(world, id);
      if (!actionsOf(run).delete_files) throw error("run.busy", "open_run", null);
      run.files_deleted_at_ms = NOW_MS;
      run.outputs = run.outputs.map((made) => ({ ...made, can_retry: false }));
      return changed(world, run);
    },
    runForget: async (id) => {
      world.runs.splice(world.runs.indexOf(find(world, id)), 1);
      world.emit("libraryChanged", { run_ids: [id], outputs_changed: true });
    },
  };
}

function put(world: World, run: RunDetail, next: OutputSummary): void {
  run.outputs = run.outputs.map((made) => (made.id === next.id ? next : made));
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: true });
}

export function outputCommands(world: World): OutputCommands {
  return {
    outputList: async ({ run_id, start, limit }) => {
      const all = world.runs.filter((item) => run_id === null || item.summary.id === run_id).flatMap((item) => item.outputs);
      return { outputs: structuredClone(all.slice(start, start + limit)), total: all.length };
    },
    outputReveal: async () => undefined,
    outputOpen: async () => undefined,
    outputRetry: async (id) => {
      const run = world.runs.find((item) => item.outputs.some((made) => made.id === id));
      const lost = run?.outputs.find((made) => made.id === id);
      if (run === undefined || lost === undefined || !lost.can_retry) throw error("output.unavailable", "none", null);
      put(world, run, { ...lost, state: "pending", problem: null, can_retry: false });
      setTimeout(() => put(world, run, { ...lost, state: "published", problem: null, can_retry: false, bytes: 40_960, width: 1024, height: 768 }), world.stepMs);
    },
  };
}
