import { frameQueue } from "../lib/frame-queue";
import { createStore } from "../lib/store";
import type { AppError, Platform, VoiceEvent, VoiceLine, VoiceSessionView, VoiceState } from "../platform";

/** The session this window shows: the live one, or one that has just ended. */
export interface HeardSession extends VoiceSessionView {
  /** What each turn cost, as far as this window heard it; the library knows the rest. */
  turnCosts: Readonly<Record<number, string>>;
}

/** How loud it is, in dB of full scale; `null` is silence. */
export interface Levels {
  input: number | null;
  output: number | null;
}

const SILENT: Levels = { input: null, output: null };
/** A microphone somebody speaks into is never as quiet as this. */
const DEAF_DBFS = -70;
/** For how long it may be before it is told. */
const DEAF_MS = 2500;

/** The session, for React. Levels go past it. */
export const voiceSession = createStore<HeardSession | null>(null);
/** Nothing has been heard for a while from the microphone of a person who is talking. */
export const voiceDeaf = createStore(false);
/** What a control could not do. */
export const voiceProblem = createStore<AppError | null>(null);

export function isLive(state: VoiceState): boolean {
  return state.phase !== "ended";
}

function createLevels() {
  let current = SILENT;
  const listeners = new Set<(levels: Levels) => void>();
  return {
    get: (): Levels => current,
    set(next: Levels): void {
      current = next;
      for (const listener of listeners) listener(next);
    },
    /** Told at once, up to twenty times a second: draw past React. */
    subscribe(listener: (levels: Levels) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const voiceLevels = createLevels();

/** A line takes the place of the one with its index. */
function withLine(lines: readonly VoiceLine[], line: VoiceLine): VoiceLine[] {
  const place = lines.findLastIndex((old) => old.index <= line.index);
  const same = lines[place]?.index === line.index;
  return [...lines.slice(0, same ? place : place + 1), line, ...lines.slice(place + 1)];
}

function createEar() {
  /** Lines that came since the last frame; words come faster than anybody reads. */
  let waiting: VoiceLine[] = [];
  let quietSince: number | null = null;

  const flush = (): void => {
    const lines = waiting;
    waiting = [];
    if (lines.length > 0) voiceSession.set((current) => (current === null ? null : { ...current, lines: lines.reduce(withLine, current.lines) }));
  };
  const soon = frameQueue(flush);

  const listenForSilence = ({ input }: Levels): void => {
    const talking = voiceSession.get()?.state.talking === true;
    if (!talking || (input !== null && input > DEAF_DBFS)) quietSince = null;
    else quietSince ??= performance.now();
    voiceDeaf.set(quietSince !== null && performance.now() - quietSince >= DEAF_MS);
  };

  const setState = (state: VoiceState): void => {
    flush();
    voiceSession.set((current) => (current?.state.run_id === state.run_id ? { ...current, state } : { state, lines: [], turnCosts: {} }));
    // Nothing more is measured; the last value must not stay.
    if (!isLive(state) || state.phase === "paused") {
      voiceLevels.set(SILENT);
      listenForSilence(SILENT);
    }
  };

  const charge = (turnUsd: string | null, sessionUsd: string | null): void => {
    flush();
    voiceSession.set((current) => {
      if (current === null) return null;
      const turn = current.lines.at(-1)?.turn;
      return {
        ...current,
        state: { ...current.state, last_turn_usd: turnUsd, cost_usd: sessionUsd ?? current.state.cost_usd },
        turnCosts: turn === undefined || turnUsd === null ? current.turnCosts : { ...current.turnCosts, [turn]: turnUsd },
      };
    });
  };

  return {
    hear: (event: VoiceEvent): void => {
      switch (event.kind) {
        case "state":
        case "ended":
          return setState(event.state);
        case "level": {
          const levels = { input: event.input_dbfs, output: event.output_dbfs };
          voiceLevels.set(levels);
          return listenForSilence(levels);
        }
        case "transcript":
          waiting.push(event.line);
          return soon();
        case "cost":
          return charge(event.turn_usd, event.session_usd);
        case "trouble":
          return voiceSession.set((current) => (current === null ? null : { ...current, state: { ...current.state, trouble: event.error } }));
        default:
          return event satisfies never;
      }
    },
    /** Takes in the whole session. What was heard of it meanwhile is newer and stays on top. */
    take(view: VoiceSessionView, asked: HeardSession | null): void {
      flush();
      voiceSession.set((current) => {
        const heard = current !== asked && current?.state.run_id === view.state.run_id ? current : null;
        const lines = (heard?.lines ?? []).reduce(withLine, view.lines);
        return { state: heard?.state ?? view.state, lines, turnCosts: heard?.turnCosts ?? {} };
      });
    },
    clear(): void {
      waiting = [];
      quietSince = null;
      voiceSession.set(null);
      voiceDeaf.set(false);
      voiceProblem.set(null);
      voiceLevels.set(SILENT);
    },
  };
}

export const voice = createEar();

/** Listens for as long as the window lives; a session that is live already is taken up where it stands. */
export function startVoice(platform: Platform): () => void {
  const stop = platform.voiceListen(voice.hear);
  const asked = voiceSession.get();
  let stopped = false;
  platform.voiceSession().then(
    (view) => {
      if (view !== null && !stopped) voice.take(view, asked);
      return undefined;
    },
    // Without an answer the next event of the session shows it.
    () => undefined,
  );
  return () => {
    stopped = true;
    stop();
  };
}
