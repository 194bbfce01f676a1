import { expect, test, vi } from "vitest";

import type { LogLine, RunDetail, RunState } from "../platform";
import { frameQueue } from "../lib/frame-queue";
import { joinLogs, live } from "./live";

const lines = (...texts: string[]): LogLine[] => texts.map((text) => ({ stream: "stdout", text }));

test.each([
  ["nothing known", [], ["a", "b"], ["a", "b"]],
  ["nothing heard", ["a", "b"], [], ["a", "b"]],
  ["all heard is known", ["a", "b", "c"], ["b", "c"], ["a", "b", "c"]],
  ["more was heard than is known", ["a", "b"], ["a", "b", "c", "d"], ["a", "b", "c", "d"]],
  ["heard in mid-stream", ["a", "b", "c"], ["c", "d"], ["a", "b", "c", "d"]],
  ["the library keeps only the end", ["c", "d"], ["a", "b", "c", "d", "e"], ["a", "b", "c", "d", "e"]],
  ["the library keeps only the end, and knows more", ["b", "c", "d"], ["a", "b", "c"], ["a", "b", "c", "d"]],
  ["equal lines are not doubled", ["x", "x", "x"], ["x", "x"], ["x", "x", "x"]],
  ["nothing in common: the library is the truth", ["a", "b"], ["y", "z"], ["a", "b"]],
])("one log of two: %s", (_, known, heard, all) => {
  expect(joinLogs(lines(...known), lines(...heard)).map((line) => line.text)).toEqual(all);
});

test("a frame hears of many events once", () => {
  const frames: FrameRequestCallback[] = [];
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
  const flush = vi.fn<() => void>();
  const queue = frameQueue(flush);
  for (let event = 0; event < 500; event += 1) queue();
  expect(frames).toHaveLength(1);
  frames[0]?.(0);
  expect(flush).toHaveBeenCalledTimes(1);
  queue();
  expect(frames).toHaveLength(2);
  vi.unstubAllGlobals();
});

const event = (status: string | null, log: LogLine[]) => live.hear({ run_id: "r", status, progress: null, log });

test("the log is bounded, and a new status is told once", () => {
  expect(event("task_start", [])).toBe(true);
  expect(event("task_start", [])).toBe(false);
  expect(event(null, [])).toBe(false);
  for (let batch = 0; batch < 60; batch += 1) event(null, lines(...Array.from({ length: 100 }, (_, at) => `${batch}/${at}`)));
  expect(live.get("r").log).toHaveLength(2000);
  expect(live.get("r").log.at(-1)?.text).toBe("59/99");
  expect(live.get("r").cut).toBe(true);
});

test("what nobody looks at is forgotten, what is looked at is not", () => {
  const stop = live.subscribe("watched", () => undefined);
  for (const id of ["watched", ...Array.from({ length: 40 }, (_, at) => `run-${at}`)]) live.hear({ run_id: id, status: null, progress: null, log: lines(id) });
  stop();
  expect(live.get("watched").log).toHaveLength(1);
  expect(live.get("run-39").log).toHaveLength(1);
  expect(live.get("run-3").log).toHaveLength(0);
});

test("a line that is read and heard is one line once the run is over", () => {
  const told = (state: RunState, ...texts: string[]) =>
    live.rebase("late", { summary: { state, status: null }, progress: null, log: lines(...texts) } as unknown as RunDetail);
  told("running", "first");
  live.hear({ run_id: "late", status: null, progress: null, log: lines("second") });
  told("failed", "first", "second");
  live.hear({ run_id: "late", status: null, progress: null, log: lines("second") });
  expect(live.get("late").log.map((line) => line.text)).toEqual(["first", "second"]);
});

test.each([
  ["the last line that was read", ["a", "b"], [["b"]], ["a", "b"]],
  ["lines that were read, and new ones", ["a", "b", "c"], [["b", "c", "d"]], ["a", "b", "c", "d"]],
  ["lines that were read, one event after the other", ["a", "b", "c"], [["b"], ["c"], ["d"]], ["a", "b", "c", "d"]],
  ["new lines alone", ["a", "b"], [["c"], ["d"]], ["a", "b", "c", "d"]],
  ["an equal line after the one that was read", ["a", "x"], [["x"], ["x"]], ["a", "x", "x"]],
  ["an equal line much later", ["a", "b"], [["c"], ["b"]], ["a", "b", "c", "b"]],
])("a line that is read and then heard is one line while the run goes on: %s", (name, read, events, all) => {
  live.rebase(name, { summary: { state: "running", status: null }, progress: null, log: lines(...read) } as unknown as RunDetail);
  for (const heard of events) live.hear({ run_id: name, status: null, progress: null, log: lines(...heard) });
  expect(live.get(name).log.map((line) => line.text)).toEqual(all);
});

test("lines that are read between two events are not doubled by the second", () => {
  const read = (...texts: string[]) => live.rebase("between", { summary: { state: "running", status: null }, progress: null, log: lines(...texts) } as unknown as RunDetail);
  live.hear({ run_id: "between", status: null, progress: null, log: lines("a", "b") });
  read("a", "b", "c", "d");
  read("a", "b", "c", "d");
  live.hear({ run_id: "between", status: null, progress: null, log: lines("c", "d", "e") });
  expect(live.get("between").log.map((line) => line.text)).toEqual(["a", "b", "c", "d", "e"]);
});
