import type { Commands, ModelCommands, Platform } from "../platform";
import type { AppError, RunDetail, StagedFile } from "../types";
import { accountCommands } from "./accounts";
import { appCommands } from "./app";
import { pictureUrl } from "./pictures";
import { estimate } from "./pricing";
import { outputCommands, runCommands } from "./runs";
import { error } from "./shelf";
import { voiceCommands } from "./voice";
import { type Emit, openWorld, type Scenario, type World } from "./world";

export { isScenario, type Scenario, SCENARIOS } from "./world";

export interface FakeOptions {
  scenario: Scenario;
  /** Time between two steps of a simulated run. */
  stepMs?: number;
}

type Command = keyof Commands;

/** What a test may do to the platform, and what it saw. */
export interface FakeControl {
  readonly calls: { command: Command; args: readonly unknown[] }[];
  readonly runs: RunDetail[];
  readonly world: World;
  emit: Emit;
  /** Changes the app's state and says so. */
  setState: (change: Partial<World["state"]>) => void;
  /** Every further call of the command rejects, until `null` is given. */
  fail: (command: Command, failure: AppError | null) => void;
  /** Every further call of the command waits until the function that is given back is called. */
  hold: (command: Command) => () => void;
  /** The files the next pick gives. */
  pick: (files: StagedFile[]) => void;
  /** A file as the core stages it. */
  file: (name: string, extras?: Partial<StagedFile>) => StagedFile;
  listeners: () => number;
}

export function stagedFile(name: string, extras: Partial<StagedFile> = {}): StagedFile {
  return {
    id: `staged-${name}`, name, bytes: 2_411_724, content_type: "image/jpeg", width: 1600, height: 1200,
    has_preview: true, problem: null, ...extras,
  };
}

function modelCommands(world: World, picked: { files: StagedFile[] }): ModelCommands {
  return {
    filePick: async (multiple) => (multiple ? picked.files : picked.files.slice(0, 1)),
    modelList: async ({ search, category, start, limit }) => {
      const words = search.trim().toLowerCase();
      const fitting = world.models
        .map((item) => item.summary)
        .filter((item) => category === null || item.categories.includes(category))
        .filter((item) => `${item.model} ${item.title} ${item.description} ${item.categories.join(" ")}`.toLowerCase().includes(words));
      return { models: fitting.slice(start, start + limit), total: fitting.length };
    },
    modelShow: async (slug) => {
      const found = world.models.find((item) => item.summary.model === slug);
      if (found === undefined) throw error("model.unknown", "none", slug);
      return found;
    },
    priceEstimate: async (slug, answers) => estimate(world.models.find((item) => item.summary.model === slug), answers),
  };
}

function mediaPicture(world: World, variant: string, id: string): string {
  const made = world.runs.flatMap((item) => item.outputs).find((item) => item.id === id);
  const width = made?.width ?? 1600;
  const height = made?.height ?? 1200;
  return variant === "output" ? pictureUrl(id, width, height) : pictureUrl(id, Math.round(width / 5), Math.round(height / 5));
}

/** Some seconds of silence as a WAV file. */
function recordingUrl(): string {
  const rate = 8000;
  const samples = rate * 42;
  const head = new DataView(new ArrayBuffer(44));
  for (const [at, word] of [[0, "RIFF"], [8, "WAVE"], [12, "fmt "], [36, "data"]] as const) for (let index = 0; index < 4; index += 1) head.setUint8(at + index, word.charCodeAt(index));
  for (const [at, value] of [[4, 36 + samples], [16, 16], [24, rate], [28, rate], [40, samples]] as const) head.setUint32(at, value, true);
  for (const [at, value] of [[20, 1], [22, 1], [32, 1], [34, 8]] as const) head.setUint16(at, value, true);
  const bytes = String.fromCharCode(...new Uint8Array(head.buffer)) + "\u0080".repeat(samples);
  return `data:audio/wav;base64,${btoa(bytes)}`;
}

/** Every command passes here: it is noted, and may be made to fail or to hang. */
function watched(commands: Commands, control: FakeControl, failures: Map<Command, AppError>, holds: Map<Command, Promise<void>>, scenario: Scenario): Commands {
  const entries = (Object.keys(commands) as Command[]).map((name) => {
    const command = commands[name] as (...args: unknown[]) => Promise<unknown>;
    const call = (...args: unknown[]): Promise<unknown> => {
      control.calls.push({ command: name, args });
      const failure = failures.get(name);
      if (failure !== undefined) return Promise.reject(failure);
      if (scenario === "loading" && name !== "appState") return new Promise(() => undefined);
      const hold = holds.get(name);
      return hold === undefined ? command(...args) : hold.then(() => command(...args));
    };
    return [name, call] as const;
  });
  return Object.fromEntries(entries) as unknown as Commands;
}

/** A platform in memory, for tests and screenshots. */
export function createFakePlatform(options: FakeOptions): { platform: Platform; control: FakeControl } {
  const handlers = new Map<string, Set<(payload: never) => void>>();
  const failures = new Map<Command, AppError>();
  const holds = new Map<Command, Promise<void>>();
  const picked = { files: [stagedFile("lighthouse.jpg"), stagedFile("harbour.jpg", { bytes: 811_004 })] };
  const emit: Emit = (name, payload) => {
    for (const handler of handlers.get(name) ?? []) (handler as (value: typeof payload) => void)(payload);
  };
  const world = openWorld(options.scenario, options.stepMs ?? 350, emit);
  const control: FakeControl = {
    calls: [],
    runs: world.runs,
    world,
    emit,
    setState: (change) => {
      world.state = { ...world.state, ...change };
      emit("stateChanged", null);
    },
    fail: (command, failure) => (failure === null ? failures.delete(command) : failures.set(command, failure)),
    hold: (command) => {
      const releases: (() => void)[] = [];
      holds.set(command, new Promise((resolve) => releases.push(resolve)));
      return () => {
        holds.delete(command);
        for (const release of releases) release();
      };
    },
    pick: (files) => {
      picked.files = files;
    },
    file: stagedFile,
    listeners: () => [...handlers.values()].reduce((sum, set) => sum + set.size, 0),
  };
  if (options.scenario === "offline") {
    const offline = { ...error("network.offline", "retry", "error trying to connect: dns error"), retryable: true };
    for (const command of ["modelList", "modelShow", "runList", "outputList", "priceEstimate"] as const) failures.set(command, offline);
  }
  const commands: Commands = { ...accountCommands(world), ...appCommands(world), ...modelCommands(world, picked), ...runCommands(world), ...outputCommands(world), ...voiceCommands(world) };
  const platform: Platform = {
    ...watched(commands, control, failures, holds, options.scenario),
    mediaUrl: (_state, variant, id) => (variant === "recording" ? recordingUrl() : mediaPicture(world, variant, id)),
    voiceListen: (handler) => {
      world.voice.handlers.add(handler);
      return () => world.voice.handlers.delete(handler);
    },
    listen: (name, handler) => {
      const set = handlers.get(name) ?? new Set();
      handlers.set(name, set.add(handler));
      return () => set.delete(handler);
    },
  };
  return { platform, control };
}
