import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

import { activeRunsOnly } from "../lib/active-runs-only";
import { announcements } from "../lib/announce";
import { applyAppearance } from "../lib/appearance";
import { drops } from "../data/drops";
import { latestRuns } from "../data/latest-runs";
import { live } from "../data/live";
import { quitAsked } from "../data/quit";
import { voice } from "../data/voice-live";
import { drafts, stagedFiles } from "../form/drafts";

// A wait ends when what it waits for is there; its bound is for what never comes, not for a busy machine.
configure({ asyncUtilTimeout: 10_000 });

/** Layout does not exist here; lists believe they are as large as a window. */
const WIDTH = 1000;
const HEIGHT = 720;

class StillObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

function define(name: string, value: number): void {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
}

globalThis.ResizeObserver = StillObserver;
for (const name of ["offsetWidth", "clientWidth"]) define(name, WIDTH);
for (const name of ["offsetHeight", "clientHeight"]) define(name, HEIGHT);
HTMLCanvasElement.prototype.getContext = () => null;
HTMLMediaElement.prototype.play = async () => undefined;
HTMLMediaElement.prototype.pause = () => undefined;
HTMLMediaElement.prototype.load = () => undefined;
Element.prototype.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.getAnimations = () => [];
globalThis.matchMedia = (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
  dispatchEvent: () => false,
});
if (globalThis.CSS === undefined) vi.stubGlobal("CSS", { escape: (text: string) => text.replaceAll(/[^\w-]/g, "\\$&") });

beforeEach(() => {
  // A complaint of React or of a library is a fault of ours.
  vi.spyOn(console, "error").mockImplementation((...args: unknown[]) => {
    throw new Error(`console.error: ${args.map(String).join(" ")}`);
  });
});

afterEach(() => {
  cleanup();
  drafts.set({});
  stagedFiles.set(new Map());
  latestRuns.set({});
  drops.reset();
  live.clear();
  voice.clear();
  quitAsked.set(null);
  applyAppearance({ theme: "system", language: "english" });
  activeRunsOnly.set(false);
  announcements.set({ id: 0, text: "" });
  globalThis.location.hash = "";
});
