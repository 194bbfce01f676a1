import type { RunState } from "../platform";
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
