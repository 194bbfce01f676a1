import type { AppCommands } from "../platform";
import type { LibraryMove, ProxyChoice, ProxySettings, Settings } from "../types";
import { error } from "./shelf";
import { VOICE_SETTINGS } from "./voice";
import type { World } from "./world";

export const SETTINGS: Settings = {
  theme: "system",
  language: "system",
  proxy: { mode: "system", address: null, user: null, password: null },
  notify_when_done: true,
  close_to_tray: false,
  has_tray: true,
  voice: VOICE_SETTINGS,
};

/** Folders the person may pick, and what stands in the way of each. */
export const MOVES = {
  fits: { to: "/media/me/Archive/Wiro Studio", bytes: 5_368_709_120, is_same_disk: false, problem: null },
  sameDisk: { to: "/home/me/Pictures/Wiro Studio", bytes: 5_368_709_120, is_same_disk: true, problem: null },
  tooSmall: {
    to: "/media/me/STICK/Wiro Studio", bytes: 5_368_709_120, is_same_disk: false,
    problem: { ...error("library.not_moved", "choose_folder", null), message: "There is not enough room: 5.0 GB are needed, 1.8 GB are free." },
  },
  notEmpty: {
    to: "/home/me/Documents", bytes: 5_368_709_120, is_same_disk: true,
    problem: { ...error("library.not_moved", "choose_folder", null), message: "The folder is not empty." },
  },
} as const satisfies Record<string, LibraryMove>;

const DIAGNOSTICS = [
  "Wiro Studio 0.1.0",
  "System: Debian GNU/Linux 12, x86_64, WebKitGTK 2.48.5",
  "Library: /home/me/Wiro Studio, schema 3, 71 runs, 80 results, 5.0 GB",
  "Accounts: Sandbox; 1 project, key in the keychain",
  "Proxy: system, none found",
].join("\n");

function proxyOf(world: World, choice: ProxyChoice): ProxySettings {
  if (choice.mode !== "custom") return { mode: choice.mode, address: null, user: null, password: null };
  if (choice.address === null || !/^(https?|socks5h?):\/\/[^\s/]+/.test(choice.address)) {
    throw { ...error("network.proxy", "check_proxy", "relative URL without a base"), message: "The proxy's address cannot be used." };
  }
  const kept = world.state.settings.proxy.password;
  const stored = choice.password === null ? kept : world.keychain === null ? "ready" : "session_only";
  return { mode: "custom", address: choice.address, user: choice.user, password: choice.user === null ? null : (stored ?? "missing") };
}

export function appCommands(world: World): AppCommands {
  return {
    appState: async () => world.state,
    settingsUpdate: async ({ proxy, ...change }) => {
      const kept = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null)) as Partial<Settings>;
      const settings = { ...world.state.settings, ...kept };
      world.state = { ...world.state, settings: proxy === null ? settings : { ...settings, proxy: proxyOf(world, proxy) } };
      return world.state;
    },
    libraryInfo: async () => world.library,
    libraryMovePick: async () => world.move,
    libraryMove: async () => {
      if (world.move === null) throw error("library.not_moved", "choose_folder", null);
      if (world.move.problem !== null) throw world.move.problem;
      world.library = { ...world.library, dir: world.move.to };
    },
    diagnostics: async () => DIAGNOSTICS,
    diagnosticsCopy: async () => undefined,
    logsReveal: async () => undefined,
    linkOpen: async () => undefined,
    noticeDismiss: async (kind) => {
      world.state = { ...world.state, notices: world.state.notices.filter((notice) => notice.kind !== kind) };
      return world.state;
    },
    quitAnswer: async () => undefined,
  };
}
