import { expect, test } from "vitest";

import { levelShare } from "./level";
import { shortcutOf } from "./shortcut";
import { formatMark, parseUsd, realtimeKind, transcriptText } from "./voice-words";

const model = (categories: string[], description = ""): Parameters<typeof realtimeKind>[0] => ({ categories, model: "a/b", title: "B", description });

test.each([
  [model(["realtime-conversation"]), "conversation"],
  [model(["realtime-conversation", "text-to-speech"]), "conversation"],
  [model(["text-to-speech", "realtime"]), "read_aloud"],
  [model(["text-to-speech", "voice-clone"], "Realtime text to speech."), "read_aloud"],
  [model(["speech-to-text"], "Real-time transcription"), "dictate"],
  [model(["realtime"]), "conversation"],
  [model(["text-to-speech"], "Natural voices"), null],
  [model(["image-to-video"], "Realtime preview"), null],
])("%o is %s", (summary, kind) => {
  expect(realtimeKind(summary)).toBe(kind);
});

test.each([
  ["", null],
  [" ", null],
  ["0.50", "0.50"],
  ["$1", "1"],
  ["0,5", "0.5"],
  ["0", undefined],
  ["0.00", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["much", undefined],
])("%j is the amount %j", (typed, amount) => {
  expect(parseUsd(typed)).toBe(amount);
});

test.each([[0, "0:00"], [61_900, "1:01"], [3_725_000, "1:02:05"], [-5, "0:00"]])("%d ms is %s", (ms, mark) => {
  expect(formatMark(ms)).toBe(mark);
});

test.each([[null, 0], [-90, 0], [-60, 0], [-30, 0.5], [0, 1], [6, 1]])("%s dBFS fills %s of a meter", (dbfs, share) => {
  expect(levelShare(dbfs)).toBe(share);
});

test("a transcript is copied with names where two speak, and as one text where one does", () => {
  const line = { index: 0, at_ms: 0, end_ms: 0, turn: 0, is_final: true };
  const lines = [{ ...line, speaker: "person", text: "Hello" }, { ...line, index: 1, speaker: "model", text: "there" }] as const;
  expect(transcriptText(lines, true)).toBe("You: Hello\nModel: there");
  expect(transcriptText(lines, false)).toBe("Hello there");
});

const none = { ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };
test.each([
  [{ ...none, key: " ", code: "Space", ctrlKey: true, altKey: true }, "Ctrl+Alt+Space"],
  [{ ...none, key: "K", code: "KeyK", ctrlKey: true, shiftKey: true }, "Ctrl+Shift+K"],
  [{ ...none, key: "F9", code: "F9" }, "F9"],
  [{ ...none, key: "a", code: "KeyA" }, null],
  [{ ...none, key: "A", code: "KeyA", shiftKey: true }, null],
  [{ ...none, key: "Control", code: "ControlLeft", ctrlKey: true }, null],
  [{ ...none, key: "Enter", code: "Enter", ctrlKey: true }, null],
])("%o is the shortcut %s", (pressed, keys) => {
  expect(shortcutOf(pressed)).toBe(keys);
});
