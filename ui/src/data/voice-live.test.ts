import { expect, test, vi } from "vitest";

import type { VoiceEvent, VoiceLine, VoiceSessionView, VoiceState } from "../platform";
import { createFakePlatform } from "../platform/fake/fake-platform";
import { startVoice, voice, voiceDeaf, voiceLevels, voiceSession } from "./voice-live";

const STATE: VoiceState = {
  run_id: "run", model: "sandbox/parrot", title: "Parrot", kind: "conversation", phase: "ready", pause: null, end: null, mode: "hold_to_talk", muted: false,
  talking: false, record: false, cost_usd: null, last_turn_usd: null, cost_cap_usd: null, latency_ms: null, turns: 0, started_at_ms: 0, ready_at_ms: 0,
  ended_at_ms: null, input_name: "Headset", output_name: "Speakers", trouble: null,
};

const state = (change: Partial<VoiceState> = {}): VoiceEvent => ({ kind: "state", state: { ...STATE, ...change } });
const line = (index: number, text: string, change: Partial<VoiceLine> = {}): VoiceLine => ({ index, speaker: "model", text, at_ms: index * 1000, end_ms: index * 1000 + 500, turn: index, is_final: true, ...change });
const said = (): string[] => voiceSession.get()?.lines.map((item) => item.text) ?? [];

test("words that come between two frames are drawn together, and a line takes the place of the one with its index", async () => {
  let drawn = 0;
  const stop = voiceSession.subscribe(() => {
    drawn += 1;
  });
  voice.hear(state());
  for (const text of ["One", "One two", "One two three"]) voice.hear({ kind: "transcript", line: line(0, text, { is_final: false }) });
  voice.hear({ kind: "transcript", line: line(1, "Four") });
  await vi.waitFor(() => expect(said()).toEqual(["One two three", "Four"]));
  expect(drawn).toBe(2);
  stop();
});

test("a cost belongs to the turn that was said last", () => {
  voice.hear(state());
  voice.hear({ kind: "transcript", line: line(3, "Done") });
  voice.hear({ kind: "cost", turn_usd: "0.012", session_usd: "0.048" });
  expect(voiceSession.get()).toMatchObject({ turnCosts: { 3: "0.012" }, state: { cost_usd: "0.048", last_turn_usd: "0.012" } });
});

test("what was heard while the whole session was asked for stays on top of it", async () => {
  const { platform } = createFakePlatform({ scenario: "small", stepMs: 1 });
  const whole: VoiceSessionView = { state: { ...STATE, phase: "ready" }, lines: [line(0, "Zero"), line(1, "Half a li", { is_final: false })] };
  const answers: ((view: VoiceSessionView) => void)[] = [];
  const stop = startVoice({ ...platform, voiceSession: () => new Promise((resolve) => answers.push(resolve)) });
  voice.hear(state({ phase: "speaking" }));
  voice.hear({ kind: "transcript", line: line(1, "Half a line more") });
  voice.hear({ kind: "transcript", line: line(2, "Two") });
  answers[0]?.(whole);
  await vi.waitFor(() => expect(said()).toEqual(["Zero", "Half a line more", "Two"]));
  expect(voiceSession.get()?.state.phase).toBe("speaking");
  stop();
});

test("another session begins with an empty page", () => {
  voice.hear(state());
  voice.take({ state: STATE, lines: [line(0, "Before")] }, null);
  voice.hear(state({ run_id: "next" }));
  expect(said()).toEqual([]);
});

const level = (input: number | null): void => voice.hear({ kind: "level", input_dbfs: input, output_dbfs: null });

test("a microphone that gives only silence to somebody who talks is told, once it has done so for a while", () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  voice.hear(state({ talking: false }));
  level(null);
  clock.mockReturnValue(5000);
  level(null);
  expect(voiceDeaf.get()).toBe(false);
  voice.hear(state({ talking: true }));
  level(null);
  clock.mockReturnValue(7000);
  level(-90);
  expect(voiceDeaf.get()).toBe(false);
  clock.mockReturnValue(8000);
  level(null);
  expect(voiceDeaf.get()).toBe(true);
  level(-30);
  expect(voiceDeaf.get()).toBe(false);
});

test("no level outlives the session or a pause", () => {
  voice.hear(state());
  voice.hear({ kind: "level", input_dbfs: -20, output_dbfs: -30 });
  expect(voiceLevels.get()).toEqual({ input: -20, output: -30 });
  voice.hear(state({ phase: "paused", pause: "person" }));
  expect(voiceLevels.get()).toEqual({ input: null, output: null });
  voice.hear({ kind: "level", input_dbfs: -20, output_dbfs: -30 });
  voice.hear({ kind: "ended", state: { ...STATE, phase: "ended", end: "person" } });
  expect(voiceLevels.get()).toEqual({ input: null, output: null });
});
