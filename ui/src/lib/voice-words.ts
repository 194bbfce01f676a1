import type { ModelSummary, VoiceEnd, VoiceKind, VoiceLine, VoicePhase, VoiceSpeaker, VoiceState } from "../platform";
import { formatUsd } from "./format";
import { locale, type MessageKey, t } from "./i18n";

export const VOICE_KINDS = ["conversation", "read_aloud", "dictate"] as const satisfies readonly VoiceKind[];

const REALTIME = /\breal-?time\b/i;

/**
 * What a realtime model does, by its categories; `null` for one that runs with a form. Not every service has a category
 * for each of them, so a model of speech may also say it of itself. The core judges again before it starts.
 */
export function realtimeKind({ categories, model, title, description }: Pick<ModelSummary, "categories" | "model" | "title" | "description">): VoiceKind | null {
  const speaks = categories.includes("text-to-speech");
  const listens = categories.includes("speech-to-text");
  if (categories.includes("realtime-conversation")) return "conversation";
  const named = (speaks || listens) && [model, title, description].some((text) => REALTIME.test(text));
  if (!named && !categories.some((slug) => slug.startsWith("realtime"))) return null;
  if (speaks === listens) return "conversation";
  return speaks ? "read_aloud" : "dictate";
}

const PHASES: Record<VoicePhase, MessageKey> = {
  connecting: "voice.phase.connecting",
  ready: "voice.phase.ready",
  listening: "voice.phase.listening",
  thinking: "voice.phase.thinking",
  speaking: "voice.phase.speaking",
  paused: "voice.phase.paused",
  ending: "voice.phase.ending",
  ended: "voice.phase.ended",
};

export function phaseWords(phase: VoicePhase): string {
  return t(PHASES[phase]);
}

const ENDS: Record<VoiceEnd, MessageKey> = {
  person: "voice.end.person",
  done: "voice.end.done",
  idle: "voice.end.idle",
  cost_cap: "voice.end.cost_cap",
  service: "voice.end.service",
  connection_lost: "voice.end.connection_lost",
  device_lost: "voice.end.device_lost",
  closed: "voice.end.closed",
  failed: "voice.end.failed",
};

export function endWords(end: VoiceEnd): string {
  return t(ENDS[end]);
}

const SPEAKERS: Record<VoiceSpeaker, MessageKey> = { person: "voice.you", model: "voice.model" };

export function speakerWords(speaker: VoiceSpeaker): string {
  return t(SPEAKERS[speaker]);
}

/** Whether the microphone is open: in a session that hears, from the moment it is ready until it ends. */
export function isMicrophoneOpen({ kind, phase, pause, input_name: input }: VoiceState): boolean {
  return kind !== "read_aloud" && input !== null && pause !== "input_lost" && phase !== "connecting" && phase !== "ending" && phase !== "ended";
}

/** Minutes and seconds as players show them. */
export function formatMark(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

export function formatLatency(ms: number): string {
  const number = new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(ms / 1000);
  return t("units.seconds", { value: number });
}

export function costSoFar(state: Pick<VoiceState, "cost_usd">): string {
  return state.cost_usd === null ? t("voice.cost.none") : formatUsd(state.cost_usd);
}

/** Everything that was said, for the clipboard. */
export function transcriptText(lines: readonly VoiceLine[], named: boolean): string {
  return lines.map((line) => (named ? `${speakerWords(line.speaker)}: ${line.text}` : line.text)).join(named ? "\n" : " ");
}

/** An amount as it was typed, as a decimal string; `null` for none, `undefined` for what is no amount. */
export function parseUsd(typed: string): string | null | undefined {
  const text = typed.trim().replace(/^\$/, "").replace(",", ".");
  if (text === "") return null;
  return /^\d{1,6}(\.\d{1,6})?$/.test(text) && /[1-9]/.test(text) ? text : undefined;
}
