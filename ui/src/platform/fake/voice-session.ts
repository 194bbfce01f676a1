import type { AppError, VoiceControl, VoiceEnd, VoiceEvent, VoiceKind, VoiceLine, VoicePause, VoiceSessionView, VoiceSpeaker, VoiceStart, VoiceState } from "../types";
import { error } from "./shelf";

const LEVEL_MS = 50;
const PERSON = "Good morning. I have half an hour before my train leaves. What should I see around the harbour?";
const MODEL = "With half an hour I would walk along the old quay to the lighthouse. It is ten minutes each way, and on a clear day you see the whole bay.";
const TURN_USD = 0.012;
const LATENCY_MS = 740;

export interface LiveOptions {
  start: VoiceStart;
  runId: string;
  title: string;
  kind: VoiceKind;
  /** What is read aloud. */
  text: string;
  inputName: string | null;
  outputName: string | null;
  stepMs: number;
  tell: (event: VoiceEvent) => void;
  /** Whether anybody listens; a session nobody hears stands still. */
  isHeard: () => boolean;
  onEnd: (view: VoiceSessionView) => void;
}

function opened({ start, runId, title, kind, inputName, outputName }: LiveOptions): VoiceState {
  return {
    run_id: runId, model: start.model, title, kind, phase: "connecting", pause: null, end: null, mode: start.mode, muted: false, talking: false,
    record: start.record, cost_usd: null, last_turn_usd: null, cost_cap_usd: start.cost_cap_usd, latency_ms: null, turns: 0,
    started_at_ms: Date.now(), ready_at_ms: null, ended_at_ms: null, input_name: inputName, output_name: outputName, trouble: null,
  };
}

const loud = (base: number): number => base + 14 * Math.abs(Math.sin(Date.now() / 130)) + 6 * Math.random();

/** A session that goes through all that a real one does, with words of its own. */
export class LiveSession {
  view: VoiceSessionView;
  private readonly options: LiveOptions;
  private word: ReturnType<typeof setTimeout> | undefined;
  private readonly beat: ReturnType<typeof setInterval>;

  constructor(options: LiveOptions) {
    this.options = options;
    this.view = { state: opened(options), lines: [] };
    this.beat = setInterval(() => this.tellLevels(), LEVEL_MS);
    this.later(3, () => this.begin());
  }

  private later(steps: number, then: () => void): void {
    clearTimeout(this.word);
    this.word = setTimeout(() => {
      if (this.options.isHeard()) then();
    }, steps * this.options.stepMs);
  }

  private put(change: Partial<VoiceState>): void {
    this.view = { ...this.view, state: { ...this.view.state, ...change } };
    this.options.tell({ kind: "state", state: this.view.state });
  }

  private write(line: VoiceLine): void {
    this.view = { ...this.view, lines: [...this.view.lines.filter((old) => old.index !== line.index), line] };
    this.options.tell({ kind: "transcript", line });
  }

  private sinceReady(): number {
    return Date.now() - (this.view.state.ready_at_ms ?? Date.now());
  }

  /** Says the words one by one. */
  private say(speaker: VoiceSpeaker, text: string, then: () => void): void {
    const words = text.split(" ");
    const { length: index } = this.view.lines;
    const at = this.sinceReady();
    const next = (count: number): void => {
      const done = count === words.length;
      this.write({ index, speaker, text: words.slice(0, count).join(" "), at_ms: at, end_ms: this.sinceReady(), turn: this.view.state.turns, is_final: done });
      this.later(done ? 1 : 0.6, done ? then : () => next(count + 1));
    };
    this.later(0.6, () => next(1));
  }

  private finishLine(): void {
    clearTimeout(this.word);
    const last = this.view.lines.at(-1);
    if (last !== undefined && !last.is_final) this.write({ ...last, is_final: true });
  }

  private charge(): void {
    const { state } = this.view;
    const total = (Number(state.cost_usd ?? "0") + TURN_USD).toFixed(3);
    this.put({ cost_usd: total, last_turn_usd: String(TURN_USD), turns: state.turns + 1, latency_ms: state.kind === "conversation" ? LATENCY_MS : null });
    this.options.tell({ kind: "cost", turn_usd: String(TURN_USD), session_usd: total });
    if (state.cost_cap_usd !== null && Number(total) >= Number(state.cost_cap_usd)) this.end("cost_cap");
  }

  private answer(): void {
    const reads = this.options.kind === "read_aloud";
    this.put({ phase: "speaking" });
    this.say("model", reads ? this.options.text : MODEL, () => {
      this.put({ phase: "ready" });
      this.charge();
      if (reads && this.view.state.end === null) this.end("done");
    });
  }

  private begin(): void {
    const { kind, start } = this.options;
    this.put({ phase: "ready", ready_at_ms: this.view.state.ready_at_ms ?? Date.now() });
    if (kind === "read_aloud") this.answer();
    else if (start.input_file !== null) this.listen(() => this.end("done"));
    else if (start.mode === "hands_free") this.later(3, () => this.listen(() => this.heard()));
  }

  private listen(then: () => void): void {
    this.finishLine();
    this.put({ phase: "listening", talking: true });
    this.say("person", PERSON, then);
  }

  private heard(): void {
    this.finishLine();
    const dictates = this.options.kind === "dictate";
    this.put({ talking: false, phase: dictates ? "ready" : "thinking" });
    if (dictates) this.charge();
    else this.later(3, () => this.answer());
  }

  private pause(why: VoicePause | null): void {
    this.finishLine();
    this.put({ phase: why === null ? "ready" : "paused", pause: why, talking: false });
    if (why === null && this.options.kind === "read_aloud") this.answer();
  }

  control(asked: VoiceControl): void {
    const { state } = this.view;
    switch (asked.kind) {
      case "talk_down":
        return this.listen(() => undefined);
      case "talk_up":
        return state.talking ? this.heard() : undefined;
      case "talk_toggle":
        return state.talking ? this.heard() : this.listen(() => undefined);
      case "set_muted":
        return this.put({ muted: asked.muted });
      case "set_mode":
        return this.put({ mode: asked.mode });
      case "interrupt":
        this.finishLine();
        return this.put({ phase: "ready" });
      case "set_paused":
        return this.pause(asked.paused ? "person" : null);
      case "use_devices":
        this.put({ input_name: asked.input ?? state.input_name, output_name: asked.output ?? state.output_name, trouble: null });
        return this.pause(null);
      case "end":
        return this.end("person");
      default:
        return asked satisfies never;
    }
  }

  /** Somebody pulled the plug. */
  lose(side: "input" | "output"): void {
    this.pause(side === "input" ? "input_lost" : "output_lost");
    this.trouble(error("voice.device_lost", "choose_device", null));
  }

  trouble(what: AppError): void {
    this.put({ trouble: what });
    this.options.tell({ kind: "trouble", error: what });
  }

  end(why: VoiceEnd): void {
    this.finishLine();
    this.put({ phase: "ending", end: why, talking: false });
    this.later(3, () => {
      clearInterval(this.beat);
      this.view = { ...this.view, state: { ...this.view.state, phase: "ended", ended_at_ms: Date.now() } };
      this.options.onEnd(this.view);
      this.options.tell({ kind: "ended", state: this.view.state });
    });
  }

  private tellLevels(): void {
    const { phase, talking, muted, kind } = this.view.state;
    if (!this.options.isHeard()) clearInterval(this.beat);
    else if (phase !== "connecting" && phase !== "paused") {
      this.options.tell({ kind: "level", input_dbfs: muted || kind === "read_aloud" ? null : loud(talking ? -28 : -62), output_dbfs: phase === "speaking" ? loud(-26) : null });
    }
  }
}
