import type { PlatformEvents } from "../platform";
import type { AppError, AppNotice, AppState, LibraryInfo, LibraryMove, ModelDetail, RunDetail } from "../types";
import { account, ENVIRONMENT, keychainError, manyAccounts, SANDBOX } from "./accounts";
import { MOVES, SETTINGS } from "./app";
import { catalogue } from "./catalogue";
import { archive, states } from "./shelf";
import { type FakeVoice, midway, openVoice } from "./voice";
import { voiceModels } from "./voice-models";

export const SCENARIOS = ["first_start", "rich", "empty", "offline", "loading", "small", "environment", "huge", "accounts", "no_keychain", "notices", "voice", "no_microphone"] as const;
export type Scenario = (typeof SCENARIOS)[number];

export function isScenario(name: string): name is Scenario {
  return (SCENARIOS as readonly string[]).includes(name);
}

export type Emit = <Name extends keyof PlatformEvents>(name: Name, payload: PlatformEvents[Name]) => void;

/** Everything there is. A test may change it; what the page should hear of at once it emits too. */
export interface World {
  state: AppState;
  models: ModelDetail[];
  runs: RunDetail[];
  /** What the keychain says to every question; none while it works. */
  keychain: AppError | null;
  /** What the service says to the key of an account, by account. */
  refusals: Map<string, AppError | null>;
  library: LibraryInfo;
  /** The folder the person picks next; none when they close the dialog. */
  move: LibraryMove | null;
  /** Time between two steps of a simulated run. */
  stepMs: number;
  emit: Emit;
  voice: FakeVoice;
}

const NOTICES: AppNotice[] = [
  { kind: "library_rebuilt", runs: 412, files: 3, damaged_dir: "/home/me/Wiro Studio/damaged-2026-08-20" },
  { kind: "library_not_moved", error: MOVES.tooSmall.problem },
  { kind: "library_moved", dir: "/media/me/Archive/Wiro Studio" },
  { kind: "environment_address", api_url: "https://staging.wiro.example.org/v1" },
  { kind: "system_proxy", host: "proxy.example.org:3128" },
];

function accountsOf(scenario: Scenario): Pick<AppState, "account" | "accounts"> {
  switch (scenario) {
    case "first_start":
      return { account: null, accounts: [SANDBOX] };
    case "environment":
      return { account: null, accounts: [SANDBOX, ENVIRONMENT] };
    case "rich":
      return { account: SANDBOX, accounts: [SANDBOX, ENVIRONMENT] };
    case "accounts":
      return { account: manyAccounts()[2] ?? null, accounts: manyAccounts() };
    case "no_keychain": {
      const broken = account("studio", "Studio Nord", { key: "missing", key_problem: keychainError("keychain.unavailable") });
      return { account: broken, accounts: [SANDBOX, broken] };
    }
    case "empty":
    case "offline":
    case "loading":
    case "small":
    case "huge":
    case "notices":
    case "no_microphone":
      return { account: SANDBOX, accounts: [SANDBOX] };
    case "voice":
      return { account: ENVIRONMENT, accounts: [SANDBOX, ENVIRONMENT] };
    default:
      return scenario satisfies never;
  }
}

function withVoice(silent: Omit<World, "voice">, scenario: Scenario, fresh: boolean): World {
  const world = silent as World;
  world.voice = openVoice(world, !fresh && scenario !== "no_microphone");
  if (scenario === "voice") midway(world.voice);
  if (scenario === "no_microphone") world.voice.devices = { inputs: [], outputs: [] };
  return world;
}

export function openWorld(scenario: Scenario, stepMs: number, emit: Emit): World {
  const fresh = scenario === "first_start" || scenario === "empty" || scenario === "small";
  const runs = fresh ? [] : [...states(), ...archive(scenario === "huge" ? 10_000 : 60)];
  const world: Omit<World, "voice"> = {
    state: {
      ...accountsOf(scenario),
      media_base_url: "fake:",
      library_dir: "/home/me/Wiro Studio",
      version: "0.1.0",
      settings: SETTINGS,
      notices: scenario === "notices" ? NOTICES : [],
    },
    models: [...catalogue(scenario !== "first_start" && scenario !== "small"), ...voiceModels(scenario === "voice")],
    runs,
    keychain: scenario === "no_keychain" ? keychainError("keychain.unavailable") : null,
    refusals: new Map(),
    library: {
      dir: "/home/me/Wiro Studio", bytes: 5_368_709_120, free_bytes: 214_748_364_800, runs: runs.length,
      outputs: runs.reduce((sum, run) => sum + run.outputs.length, 0), is_fixed: false,
    },
    move: MOVES.fits,
    stepMs,
    emit,
  };
  return withVoice(world, scenario, fresh);
}
