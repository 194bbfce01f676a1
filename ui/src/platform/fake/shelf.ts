import type { AppError, LogLine, OutputSummary, RunDetail, RunState, StatusStep } from "../types";

/** States in which nothing more happens by itself. */
export const SETTLED: ReadonlySet<string> = new Set(["unconfirmed", "refused", "not_sent", "succeeded", "failed", "cancelled"]);

export const NOW_MS = Date.UTC(2026, 7, 20, 14, 30);

const ORDER = [
  "task_queue", "task_accept", "task_preprocess_start", "task_preprocess_end", "task_assign", "task_start",
  "task_end", "task_postprocess_start", "task_postprocess_end",
] as const;

export function timeline(startMs: number, until: string): StatusStep[] {
  const end = ORDER.findIndex((status) => status === until);
  return ORDER.slice(0, end + 1).map((status, index) => ({ status, at_ms: startMs + index * 700 }));
}

export function error(code: AppError["code"], action: AppError["action"], detail: string | null): AppError {
  return { code, message: "", action, retryable: false, detail, field: null };
}

export function output(owner: { id: string; model: string }, position: number, extras: Partial<OutputSummary>): OutputSummary {
  return {
    id: `${owner.id}-out-${position}`,
    run_id: owner.id,
    model: owner.model,
    label: `${position}.png`,
    content_type: "image/png",
    bytes: 1_843_200,
    width: 1600,
    height: 1200,
    created_at_ms: NOW_MS,
    state: "published",
    type_differs: false,
    problem: null,
    can_retry: false,
    path: `/home/me/Wiro Studio/outputs/2026-08/${position}.png`,
    ...extras,
  };
}

interface RunSketch {
  id: string;
  model: string;
  title: string;
  state: RunState;
  caption: string;
  agoMs: number;
  status?: string;
  extras?: Partial<Omit<RunDetail, "summary">>;
  cost?: string;
}

export function run(sketch: RunSketch): RunDetail {
  const created = NOW_MS - sketch.agoMs;
  const settled = SETTLED.has(sketch.state) && sketch.state !== "unconfirmed";
  const outputs = sketch.extras?.outputs ?? [];
  return {
    summary: {
      id: sketch.id,
      model: sketch.model,
      title: sketch.title,
      account_id: "sandbox",
      state: sketch.state,
      status: sketch.status ?? null,
      task_id: sketch.status === undefined ? null : `534${sketch.id.length}${Math.abs(sketch.agoMs) % 9973}`,
      created_at_ms: created,
      finished_at_ms: settled ? created + 8200 : null,
      cost_usd: sketch.cost ?? null,
      seconds: sketch.cost === undefined ? null : 6.4,
      output_ids: outputs.filter((item) => item.state === "published").map((item) => item.id),
      caption: sketch.caption,
    },
    inputs: [],
    timeline: sketch.status === undefined ? [] : timeline(created, sketch.status),
    progress: null,
    log: [],
    outputs: [],
    pexit: null,
    text: null,
    error: null,
    candidates: [],
    // What may be done is worked out anew each time the run is told.
    actions: { stop: false, retry: false, delete_files: false, forget: false },
    is_stopping: false,
    files_deleted_at_ms: null,
    retry_of: null,
    ...sketch.extras,
  };
}

function lines(count: number): LogLine[] {
  return Array.from({ length: count }, (_, index) => ({
    stream: index % 17 === 9 ? "stderr" : "stdout",
    text: index % 17 === 9 ? `warning: row ${index} has no alpha channel` : `[${String(index).padStart(3, "0")}] band ${index} of ${count}: ${(index * 3.7).toFixed(1)} ms`,
  }));
}

const upscale = { model: "sandbox/upscale", title: "Upscale" };
const pattern = { model: "sandbox/pattern", title: "Pattern" };

/** One run in each state, with everything a page can show. */
export function states(): RunDetail[] {
  return [
    run({
      ...pattern, id: "run-running", state: "running", caption: "Slow dunes under a violet sky, long shadows, 1024 × 768", agoMs: 9_000, status: "task_start",
      extras: { progress: { task: "Drawing", percentage: 42, step: 21, steps: 50, remaining: "6s" }, log: lines(120), inputs: [{ id: "prompt", value: "Slow dunes under a violet sky, long shadows", file_ids: [] }, { id: "width", value: "1024", file_ids: [] }] },
    }),
    run({
      ...upscale, id: "run-unconfirmed", state: "unconfirmed", caption: "harbour.jpg, scale 2", agoMs: 240_000,
      extras: {
        candidates: ["5340112", "5340115"], inputs: [{ id: "inputImage", value: "harbour.jpg", file_ids: ["in-harbour"] }, { id: "scale", value: "2", file_ids: [] }],
        error: error("run.unconfirmed", "check_run", "HTTP 502 after the last byte was sent"),
      },
    }),
    run({ ...upscale, id: "run-sending", state: "sending", caption: "panorama.png, scale 4", agoMs: 3_000 }),
    run({
      ...pattern, id: "run-waiting", state: "waiting", caption: "Rain on glass", agoMs: 30_000,
      extras: { error: { ...error("limit.concurrent", "wait", "HTTP 200"), message: "You have reached your concurrent task limit. With your current balance of $50.00, you can run up to 5 tasks at the same time. Add funds to increase your limit." } },
    }),
    run({
      ...upscale, id: "run-collecting", state: "collecting", caption: "garden.jpg, scale 2", agoMs: 60_000, status: "task_postprocess_end",
      extras: { outputs: [output({ id: "run-collecting", model: upscale.model }, 1, { state: "pending", bytes: 0, width: null, height: null, path: null, label: "garden-2x.png" })] },
    }),
    run({
      ...upscale, id: "run-done", state: "succeeded", caption: "lighthouse.jpg, scale 2", agoMs: 900_000, status: "task_postprocess_end", cost: "0.002",
      extras: {
        pexit: "0", log: lines(34), inputs: [{ id: "inputImage", value: "lighthouse.jpg", file_ids: ["in-lighthouse"] }, { id: "scale", value: "2", file_ids: [] }],
        outputs: [output({ id: "run-done", model: upscale.model }, 1, { label: "lighthouse-2x.png", width: 3200, height: 2400, bytes: 8_912_040, created_at_ms: NOW_MS - 890_000 })],
      },
    }),
    run({
      model: "sandbox/failing", title: "Failing", id: "run-failed", state: "failed", caption: "out of memory", agoMs: 1_800_000, status: "task_postprocess_end", cost: "0",
      extras: { pexit: "137", error: error("run.failed", "open_run", "exit code 137: out of memory"), log: [{ stream: "stderr", text: "fatal: out of memory while allocating 4096 × 4096" }] },
    }),
    run({ ...upscale, id: "run-refused", state: "refused", caption: "scan.tiff, scale 4", agoMs: 3_600_000, extras: { error: error("balance.insufficient", "add_funds", "Insufficient balance (code 97)") } }),
    run({ ...pattern, id: "run-again", state: "succeeded", caption: "Rain on glass, once more", agoMs: 5_000_000, status: "task_postprocess_end", cost: "0.004", extras: { pexit: "0", retry_of: "run-cancelled", outputs: [output({ id: "run-again", model: pattern.model }, 1, { label: "rain.png" }), output({ id: "run-again", model: pattern.model }, 2, { label: "rain-mask.png", state: "failed", can_retry: true, problem: "The service sent 812 of 40,960 bytes.", bytes: 0, width: null, height: null, path: null })] } }),
    run({ ...pattern, id: "run-cancelled", state: "cancelled", caption: "Endless forest, 2048 × 2048", agoMs: 7_200_000, status: "task_start" }),
    run({ ...upscale, id: "run-not-sent", state: "not_sent", caption: "old-map.jpg, scale 2", agoMs: 8_000_000, extras: { error: error("network.offline", "retry", "connection refused") } }),
  ];
}

const CAPTIONS = [
  "Slow dunes under a violet sky", "A quiet harbour at dawn", "Terraced hills after the rain, mist in the valleys, first light on the ridge, seen from far above",
  "Salt flats at noon", "Fir trees and fog", "Northern coast in winter", "The old observatory", "Copper canyon",
];

/** Many finished runs with their results. */
export function archive(count: number): RunDetail[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `archive-${String(index).padStart(4, "0")}`;
    const caption = CAPTIONS[index % CAPTIONS.length] ?? "";
    const created = NOW_MS - 86_400_000 - index * 3_700_000;
    const outputs = index % 9 === 4
      ? [output({ id, ...pattern }, 1, { label: "mesh.glb", content_type: "model/gltf-binary", width: null, height: null, bytes: 402_112, created_at_ms: created })]
      : index % 11 === 6
        ? [output({ id, ...pattern }, 1, { state: "failed", can_retry: true, problem: "The service sent 812 of 40,960 bytes.", bytes: 0, width: null, height: null, path: null, created_at_ms: created })]
        : Array.from({ length: 1 + (index % 3 === 0 ? 1 : 0) }, (__, at) => output({ id, ...pattern }, at + 1, { label: `pattern-${index}-${at + 1}.png`, width: index % 4 === 0 ? 768 : 1024, height: index % 4 === 0 ? 1024 : 768, created_at_ms: created }));
    return run({ ...pattern, id, state: "succeeded", caption, agoMs: NOW_MS - created, status: "task_postprocess_end", cost: "0.004", extras: { pexit: "0", outputs } });
  });
}
