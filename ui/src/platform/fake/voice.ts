import type { VoiceCommands } from "../platform";
import type { AnswerInput, AppError, VoiceDevice, VoiceDevices, VoiceEvent, VoiceSessionDetail, VoiceSessionView, VoiceSettings, VoiceShortcut, VoiceStart } from "../types";
import { error } from "./shelf";
import { voiceModelOf } from "./voice-models";
import { LiveSession } from "./voice-session";
import { earlierSessions, lines, TALK } from "./voice-shelf";
import type { World } from "./world";

export const VOICE_SETTINGS: VoiceSettings = {
  input_device: null, output_device: null, mode: "hold_to_talk", record: false, cost_cap_usd: null, idle_minutes: 5,
  echo_cancellation: true, noise_suppression: true, talk_shortcut: null, talk_shortcut_toggles: false,
};

const device = (id: string, name: string, extras: Partial<VoiceDevice> = {}): VoiceDevice => ({ id, name, is_default: false, is_monitor: false, ...extras });

export const DEVICES: Pick<VoiceDevices, "inputs" | "outputs"> = {
  inputs: [
    device("alsa:builtin", "Built-in microphone", { is_default: true }),
    device("alsa:headset", "Jabra Evolve2 65 (USB)"),
    device("pulse:speakers.monitor", "Monitor of Built-in speakers", { is_monitor: true }),
  ],
  outputs: [device("alsa:speakers", "Built-in speakers", { is_default: true }), device("alsa:headset-out", "Jabra Evolve2 65 (USB)")],
};

/** What a test may do to the voice of the fake, and what it may see. */
export interface FakeVoice {
  devices: Pick<VoiceDevices, "inputs" | "outputs">;
  shortcut: VoiceShortcut;
  sessions: VoiceSessionDetail[];
  live: () => LiveSession | null;
  /** Tells whoever listens. */
  tell: (event: VoiceEvent) => void;
  /** The service or the core ends it. */
  handlers: Set<(event: VoiceEvent) => void>;
  /** Begins a session as if the window had been loaded again in the middle of it. */
  resume: (start: Partial<VoiceStart>) => LiveSession;
}

const text = (answer: AnswerInput | undefined): string => (answer?.kind === "text" ? answer.value : "");

function kept({ state, lines: said }: VoiceSessionView): VoiceSessionDetail {
  const seconds = ((state.ended_at_ms ?? Date.now()) - (state.ready_at_ms ?? state.started_at_ms)) / 1000;
  return {
    summary: {
      run_id: state.run_id, model: state.model, title: state.title, kind: state.kind, started_at_ms: state.started_at_ms, seconds, is_over: true,
      cost_usd: state.cost_usd, caption: said[0]?.text ?? "", line_count: said.length, has_recording: state.record,
    },
    lines: said,
    turns: Array.from({ length: state.turns }, (_, turn) => ({ turn, cost_usd: "0.012", latency_ms: state.latency_ms })),
    recording_path: state.record ? `/home/me/Wiro Studio/voice/${state.run_id}/recording.wav` : null,
    recording_bytes: state.record ? seconds * 96_000 : null,
  };
}

function nameOf(list: readonly VoiceDevice[], id: string | null): string | null {
  return (list.find((item) => item.id === id) ?? list.find((item) => item.is_default))?.name ?? null;
}

let count = 0;

export function openVoice(world: World, stocked: boolean): FakeVoice {
  let live: LiveSession | null = null;
  const handlers = new Set<(event: VoiceEvent) => void>();
  const voice: FakeVoice = {
    devices: DEVICES,
    shortcut: { state: "off", shortcut: null, reason: null },
    sessions: stocked ? earlierSessions() : [],
    live: () => live,
    handlers,
    tell: (event) => {
      for (const handler of handlers) handler(event);
    },
    resume: (start) => {
      count += 1;
      const full: VoiceStart = { model: "sandbox/parrot", answers: {}, intent_id: "", input_device: null, output_device: null, mode: "hold_to_talk", record: false, cost_cap_usd: null, input_file: null, ...start };
      const { kind, detail } = voiceModelOf(full.model);
      live = new LiveSession({
        start: full, runId: `voice-${count}`, title: detail.summary.title, kind, text: text(full.answers["text"]), stepMs: world.stepMs,
        inputName: kind === "read_aloud" ? null : (full.input_file?.replace("staged-", "") ?? nameOf(voice.devices.inputs, full.input_device)),
        outputName: kind === "dictate" ? null : nameOf(voice.devices.outputs, full.output_device),
        tell: voice.tell,
        isHeard: () => handlers.size > 0,
        onEnd: (view) => {
          live = null;
          voice.sessions.unshift(kept(view));
          world.emit("libraryChanged", { run_ids: [view.state.run_id], outputs_changed: false });
        },
      });
      return live;
    },
  };
  return voice;
}

/** A conversation in the middle, as a window finds it that is loaded again. */
export function midway(voice: FakeVoice): LiveSession {
  const session = voice.resume({ model: "northlight/duplex-mini", record: true, cost_cap_usd: "0.50" });
  const said = lines(TALK);
  const state = { ...session.view.state, phase: "ready", ready_at_ms: Date.now() - 42_000, cost_usd: "0.036", last_turn_usd: "0.012", latency_ms: 740, turns: 3 } as const;
  session.view = { state, lines: said };
  return session;
}

function missing(voice: FakeVoice, start: VoiceStart): AppError | null {
  const { kind } = voiceModelOf(start.model);
  if (voice.live() !== null) return error("voice.busy_session", "none", null);
  if (kind !== "read_aloud" && start.input_file === null && voice.devices.inputs.length === 0) return error("voice.no_microphone", "choose_device", null);
  if (kind !== "dictate" && voice.devices.outputs.length === 0) return error("voice.no_speaker", "choose_device", null);
  return null;
}

export function voiceCommands(world: World): VoiceCommands {
  const { voice } = world;
  const known = new Map<string, VoiceSessionView>();
  return {
    voiceModel: async (model) => {
      if (!world.models.some((item) => item.summary.model === model)) throw error("model.unknown", "none", model);
      return voiceModelOf(model);
    },
    voiceStart: async (start) => {
      const before = known.get(start.intent_id);
      if (before !== undefined) return before;
      const problem = missing(voice, start);
      if (problem !== null) throw problem;
      const { view } = voice.resume(start);
      known.set(start.intent_id, view);
      return view;
    },
    voiceControl: async (runId, control) => {
      const session = voice.live();
      if (session?.view.state.run_id !== runId) throw error("voice.no_session", "none", null);
      session.control(control);
      return session.view.state;
    },
    voiceSession: async () => voice.live()?.view ?? null,
    voiceDevices: async () => {
      const { input_device: input = null, output_device: output = null } = world.state.settings.voice;
      return { ...voice.devices, chosen_input: input, chosen_output: output };
    },
    voiceDeviceTest: async (test) => {
      if (test.kind === "output") return { peak_dbfs: -12 };
      const said = [-60, -34, -21, -18, -26];
      said.forEach((level, step) => setTimeout(() => voice.tell({ kind: "level", input_dbfs: level, output_dbfs: null }), step * world.stepMs));
      await new Promise((resolve) => setTimeout(resolve, said.length * world.stepMs));
      return { peak_dbfs: test.device === "pulse:speakers.monitor" ? null : -18 };
    },
    voiceSessions: async ({ start, limit }) => ({ sessions: voice.sessions.slice(start, start + limit).map((item) => item.summary), total: voice.sessions.length }),
    voiceSessionShow: async (runId) => {
      const found = voice.sessions.find((item) => item.summary.run_id === runId);
      if (found === undefined) throw error("run.unknown", "none", null);
      return found;
    },
    voiceSessionExport: async (runId, format) => `/home/me/Documents/${runId}.${format}`,
    voiceShortcut: async () => voice.shortcut,
  };
}
