import type { Platform, PlatformEvents } from "../platform";
import type { AppError, AppState, ModelDetail, RunDetail, StagedFile } from "../types";
import { catalogue } from "./catalogue";
import { pictureUrl } from "./pictures";
import { estimate } from "./pricing";
import { archive, error, NOW_MS, states } from "./shelf";
import { startRun } from "./simulation";

export const SCENARIOS = ["first_start", "rich", "empty", "offline", "loading", "small", "environment", "huge"] as const;
export type Scenario = (typeof SCENARIOS)[number];

export function isScenario(name: string): name is Scenario {
  return (SCENARIOS as readonly string[]).includes(name);
}

export interface FakeOptions {
  scenario: Scenario;
  /** Time between two steps of a simulated run. */
  stepMs?: number;
}

type Command = Exclude<keyof Platform, "mediaUrl" | "listen">;

/** What a test may do to the platform, and what it saw. */
export interface FakeControl {
  readonly calls: { command: Command; args: readonly unknown[] }[];
  readonly runs: RunDetail[];
  emit: <Name extends keyof PlatformEvents>(name: Name, payload: PlatformEvents[Name]) => void;
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

const SANDBOX = { id: "sandbox", name: "Sandbox", kind: "sandbox", api_url: "http://127.0.0.1:41873/v1" } as const;
const ENVIRONMENT = { id: "environment", name: "Wiro project", kind: "environment", api_url: "https://api.wiro.ai/v1" } as const;

export interface World {
  state: AppState;
  models: ModelDetail[];
  runs: RunDetail[];
  stepMs: number;
  emit: FakeControl["emit"];
}

function openWorld(options: FakeOptions, emit: FakeControl["emit"]): World {
  const { scenario } = options;
  const fresh = scenario === "first_start" || scenario === "empty" || scenario === "small";
  const twoAccounts = scenario === "environment" || scenario === "rich";
  return {
    state: {
      account: scenario === "first_start" || scenario === "environment" ? null : SANDBOX,
      accounts: twoAccounts ? [SANDBOX, ENVIRONMENT] : [SANDBOX],
      media_base_url: "fake:",
      library_dir: "/home/me/Wiro Studio",
      version: "0.1.0",
    },
    models: catalogue(scenario !== "first_start" && scenario !== "small"),
    runs: fresh ? [] : [...states(), ...archive(scenario === "huge" ? 10_000 : 60)],
    stepMs: options.stepMs ?? 350,
    emit,
  };
}

function find(world: World, id: string): RunDetail {
  const run = world.runs.find((item) => item.summary.id === id);
  if (run === undefined) throw error("run.unknown", "none", null);
  return run;
}

function changed(world: World, run: RunDetail): RunDetail {
  world.emit("libraryChanged", { run_ids: [run.summary.id], outputs_changed: false });
  return structuredClone(run);
}

const SETTLED = new Set(["unconfirmed", "refused", "not_sent", "succeeded", "failed", "cancelled"]);

type Commands = Pick<Platform, Command>;

function modelCommands(world: World): Pick<Commands, "appState" | "accountChoose" | "modelList" | "modelShow" | "priceEstimate"> {
  return {
    appState: async () => world.state,
    accountChoose: async (accountId) => {
      const account = world.state.accounts.find((item) => item.id === accountId) ?? null;
      world.state = { ...world.state, account };
      return world.state;
    },
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

function runCommands(world: World): Pick<Commands, "runSubmit" | "runList" | "runShow" | "runRecheck" | "runAdopt" | "runDismiss"> {
  const known = new Map<string, string>();
  return {
    runSubmit: async (submission) => {
      const existing = known.get(submission.intent_id);
      const run = existing === undefined ? startRun(world, submission) : find(world, existing);
      known.set(submission.intent_id, run.summary.id);
      return structuredClone(run.summary);
    },
    runList: async ({ active_only, start, limit }) => {
      const all = world.runs.map((item) => item.summary);
      const active = all.filter((item) => !SETTLED.has(item.state));
      const shown = active_only ? active : all;
      return { runs: structuredClone(shown.slice(start, start + limit)), total: shown.length, active: active.length };
    },
    runShow: async (id) => structuredClone(find(world, id)),
    runRecheck: async (id) => changed(world, find(world, id)),
    runAdopt: async (id, taskId) => {
      const run = find(world, id);
      run.summary = { ...run.summary, state: "running", status: "task_start", task_id: taskId };
      run.timeline = [{ status: "task_start", at_ms: Date.now() }];
      run.candidates = [];
      run.error = null;
      return changed(world, run);
    },
    runDismiss: async (id) => {
      const run = find(world, id);
      run.summary = { ...run.summary, state: "not_sent", finished_at_ms: NOW_MS };
      run.candidates = [];
      run.error = error("run.unconfirmed", "none", null);
      return changed(world, run);
    },
  };
}

function outputCommands(world: World, picked: { files: StagedFile[] }): Pick<Commands, "filePick" | "outputList" | "outputReveal" | "outputOpen"> {
  return {
    filePick: async (multiple) => (multiple ? picked.files : picked.files.slice(0, 1)),
    outputList: async ({ run_id, start, limit }) => {
      const all = world.runs.filter((item) => run_id === null || item.summary.id === run_id).flatMap((item) => item.outputs);
      return { outputs: structuredClone(all.slice(start, start + limit)), total: all.length };
    },
    outputReveal: async () => undefined,
    outputOpen: async () => undefined,
  };
}

function mediaPicture(world: World, variant: string, id: string): string {
  const made = world.runs.flatMap((item) => item.outputs).find((item) => item.id === id);
  const width = made?.width ?? 1600;
  const height = made?.height ?? 1200;
  return variant === "output" ? pictureUrl(id, width, height) : pictureUrl(id, Math.round(width / 5), Math.round(height / 5));
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
  const emit: FakeControl["emit"] = (name, payload) => {
    for (const handler of handlers.get(name) ?? []) (handler as (value: typeof payload) => void)(payload);
  };
  const world = openWorld(options, emit);
  const control: FakeControl = {
    calls: [],
    runs: world.runs,
    emit,
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
  const commands = { ...modelCommands(world), ...runCommands(world), ...outputCommands(world, picked) };
  const platform: Platform = {
    ...watched(commands, control, failures, holds, options.scenario),
    mediaUrl: (_state, variant, id) => mediaPicture(world, variant, id),
    listen: (name, handler) => {
      const set = handlers.get(name) ?? new Set();
      handlers.set(name, set.add(handler));
      return () => set.delete(handler);
    },
  };
  return { platform, control };
}
