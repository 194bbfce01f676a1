import type { Progress, RunDetail, RunState, RunSummary } from "../platform";
import { type MessageKey, t } from "./i18n";

export type Tone = "neutral" | "active" | "good" | "bad" | "warn";

interface StateWords {
  label: MessageKey;
  body: MessageKey;
  tone: Tone;
}

/** What a person reads about each state of a run. */
export const RUN_STATES: Record<RunState, StateWords> = {
  prepared: { label: "runState.prepared.label", body: "runState.prepared.body", tone: "active" },
  sending: { label: "runState.sending.label", body: "runState.sending.body", tone: "active" },
  waiting: { label: "runState.waiting.label", body: "runState.waiting.body", tone: "active" },
  unconfirmed: { label: "runState.unconfirmed.label", body: "runState.unconfirmed.body", tone: "warn" },
  refused: { label: "runState.refused.label", body: "runState.refused.body", tone: "bad" },
  not_sent: { label: "runState.not_sent.label", body: "runState.not_sent.body", tone: "neutral" },
  running: { label: "runState.running.label", body: "runState.running.body", tone: "active" },
  collecting: { label: "runState.collecting.label", body: "runState.collecting.body", tone: "active" },
  succeeded: { label: "runState.succeeded.label", body: "runState.succeeded.body", tone: "good" },
  failed: { label: "runState.failed.label", body: "runState.failed.body", tone: "bad" },
  cancelled: { label: "runState.cancelled.label", body: "runState.cancelled.body", tone: "neutral" },
};

/** Whether nothing more happens by itself. */
export function isSettled(state: RunState): boolean {
  return !["prepared", "sending", "waiting", "running", "collecting"].includes(state);
}

/** Whether the bar should move. */
export function isActive(state: RunState): boolean {
  return !isSettled(state);
}

const STATUS_WORDS: Readonly<Record<string, MessageKey>> = {
  task_queue: "status.task_queue",
  task_accept: "status.task_accept",
  task_preprocess_start: "status.task_preprocess_start",
  task_preprocess_end: "status.task_preprocess_end",
  task_assign: "status.task_assign",
  task_start: "status.task_start",
  task_output: "status.task_output",
  task_output_full: "status.task_output_full",
  task_error: "status.task_error",
  task_error_full: "status.task_error_full",
  task_end: "status.task_end",
  task_postprocess_start: "status.task_postprocess_start",
  task_postprocess_end: "status.task_postprocess_end",
  task_cancel: "status.task_cancel",
};

/** A status of the service in words; one that is not known is shown as it came. */
export function statusWords(status: string): string {
  const key = STATUS_WORDS[status];
  return key === undefined ? status : t(key);
}

export interface Activity {
  /** What goes on, in words. */
  words: string;
  /** 0 to 100; none while it is not known. */
  percentage: number | null;
  /** The steps this is about; none where what was told last belongs to something that is over. */
  progress: Progress | null;
}

const UPLOAD = "upload";

function percentageOf(progress: Progress): number | null {
  if (progress.percentage !== null) return progress.percentage;
  const { step, steps } = progress;
  return step !== null && steps !== null && steps > 0 ? (step / steps) * 100 : null;
}

/** What a run does right now, for every place that tells it. The upload counts while it is sent, steps while it runs. */
export function runActivity(run: Pick<RunSummary, "state" | "status">, live: { status: string | null; progress: Progress | null }): Activity {
  const uploading = live.progress?.task === UPLOAD;
  const progress = (run.state === "sending" && uploading) || (run.state === "running" && !uploading) ? live.progress : null;
  const percentage = progress === null ? null : percentageOf(progress);
  if (progress !== null && uploading) return { words: t("run.uploading"), percentage, progress };
  const status = live.status ?? run.status;
  if (run.state !== "running" || status === null) return { words: t(RUN_STATES[run.state].label), percentage, progress };
  // Statuses that only say that more was printed say nothing to a person.
  const printed = status.startsWith("task_output") || status === "task_error";
  return { words: progress?.task ?? statusWords(printed ? "task_start" : status), percentage, progress };
}

/** How many results of a run that ended could not be saved. */
export function lostOutputs(detail: RunDetail): number {
  return isActive(detail.summary.state) ? 0 : detail.outputs.filter((output) => output.state === "failed").length;
}

/** What the state means; what was lost is never called done. */
export function stateBody(detail: RunDetail): string {
  const lost = lostOutputs(detail);
  return lost > 0 ? t("run.lost", { count: lost, total: detail.outputs.length }) : t(RUN_STATES[detail.summary.state].body);
}

/** Up to here the service can still take a run out of its queue; later it has to be killed (`PROTOCOL.md` section 7.4). */
const QUEUED: ReadonlySet<string> = new Set(["task_queue", "task_accept", "task_preprocess_start", "task_preprocess_end"]);

/** What stopping the run means where it stands. */
export function stopLabel({ state, status }: Pick<RunSummary, "state" | "status">): string {
  if (state !== "running") return t("control.dontSend");
  return t(status === null || QUEUED.has(status) ? "control.cancel" : "control.kill");
}

/** What forgetting the run takes away. */
export function forgetBody(detail: RunDetail): string {
  const count = detail.outputs.filter((output) => output.state === "published").length;
  const results = count === 0 ? t("control.forgetNothing") : t("control.forgetResults", { count });
  return isActive(detail.summary.state) ? `${t("control.forgetRunning")} ${results}` : results;
}

/** Whether a person gave the run up without anybody knowing whether it had started. */
export function isDismissed(detail: RunDetail): boolean {
  return detail.summary.state === "not_sent" && detail.error?.code === "run.unconfirmed";
}
