import type { AnswerInput, RunDetail, RunInput, RunSubmission } from "../types";
import { error, output, SETTLED } from "./shelf";
import type { World } from "./world";

let count = 0;

function words(answer: AnswerInput): string {
  switch (answer.kind) {
    case "text":
      return answer.value;
    case "list":
      return answer.values.join(", ");
    case "files":
      return answer.files.map((file) => (file.kind === "url" ? file.url : file.id.replace("staged-", ""))).join(", ");
    default:
      return answer satisfies never;
  }
}

interface Sketch {
  model: string;
  inputs: RunInput[];
  retryOf: string | null;
}

function prepare(world: World, { model, inputs, retryOf }: Sketch): RunDetail {
  count += 1;
  const title = world.models.find((item) => item.summary.model === model)?.summary.title ?? model;
  return {
    summary: {
      id: `live-${count}`, model, title, account_id: world.state.account?.id ?? "sandbox", state: "sending", status: null, task_id: null,
      created_at_ms: Date.now(), finished_at_ms: null, cost_usd: null, seconds: null, output_ids: [],
      caption: inputs.map((input) => input.value).filter(Boolean).join(", "),
    },
    inputs,
    timeline: [], progress: null, log: [], outputs: [], pexit: null, text: null, error: null, candidates: [],
    actions: { stop: false, retry: false, delete_files: false, forget: false }, is_stopping: false, files_deleted_at_ms: null, retry_of: retryOf,
  };
}

function moveTo(world: World, run: RunDetail, status: string): void {
  run.summary = { ...run.summary, state: "running", status };
  run.timeline = [...run.timeline, { status, at_ms: Date.now() }];
  world.emit("runProgressed", { run_id: run.summary.id, status, progress: null, log: [] });
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
}

const STEPS = 8;

function step(world: World, run: RunDetail, at: number): void {
  const line = { stream: "stdout", text: `step ${at} of ${STEPS}` } as const;
  run.progress = { task: "Resampling", percentage: (at / STEPS) * 100, step: at, steps: STEPS, remaining: `${STEPS - at}s` };
  run.log = [...run.log, line];
  world.emit("runProgressed", { run_id: run.summary.id, status: "task_output", progress: run.progress, log: [line] });
}

function publish(world: World, run: RunDetail): void {
  const made = output(run.summary, 1, { label: "result.png", width: 3200, height: 2400, bytes: 6_220_800, created_at_ms: Date.now() });
  run.outputs = [made];
  run.summary = { ...run.summary, state: "collecting", output_ids: [made.id] };
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: true });
}

function finish(world: World, run: RunDetail): void {
  const failed = run.summary.model === "sandbox/failing";
  run.pexit = failed ? "1" : "0";
  run.error = failed ? error("run.failed", "open_run", "exit code 1") : null;
  run.progress = null;
  run.summary = {
    ...run.summary, state: failed ? "failed" : "succeeded", status: "task_postprocess_end",
    finished_at_ms: Date.now(), cost_usd: failed ? "0" : "0.002", seconds: 3.2,
  };
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
}

function live(world: World, run: RunDetail): RunDetail {
  world.runs.unshift(run);
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
  const fails = run.summary.model === "sandbox/failing";
  const script: (() => void)[] = [
    () => {
      run.summary = { ...run.summary, task_id: `53${count}4471` };
      moveTo(world, run, "task_queue");
    },
    () => moveTo(world, run, "task_accept"),
    () => moveTo(world, run, "task_start"),
    ...Array.from({ length: STEPS }, (_, index) => () => step(world, run, index + 1)),
    () => moveTo(world, run, "task_end"),
    () => moveTo(world, run, "task_postprocess_end"),
    ...(fails ? [] : [() => publish(world, run)]),
    () => finish(world, run),
  ];
  const advance = (): void => {
    if (run.is_stopping || SETTLED.has(run.summary.state)) return;
    script.shift()?.();
    if (script.length > 0) setTimeout(advance, world.stepMs);
  };
  setTimeout(advance, world.stepMs);
  return run;
}

/** Takes a run through its life, one step at a time. */
export function startRun(world: World, submission: RunSubmission): RunDetail {
  const inputs = Object.entries(submission.answers).map(([id, answer]): RunInput => ({
    id, value: words(answer),
    file_ids: answer.kind === "files" ? answer.files.flatMap((file) => (file.kind === "staged" ? [file.id] : [])) : [],
  }));
  return live(world, prepare(world, { model: submission.model, inputs, retryOf: null }));
}

/** The same inputs as a new run. */
export function startAgain(world: World, run: RunDetail): RunDetail {
  return live(world, prepare(world, { model: run.summary.model, inputs: structuredClone(run.inputs), retryOf: run.summary.id }));
}

/** The service says that a run has been stopped. */
export function cancelRun(world: World, run: RunDetail): void {
  run.is_stopping = false;
  run.progress = null;
  run.summary = { ...run.summary, state: "cancelled", status: "task_cancel", finished_at_ms: Date.now() };
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
}
