import type { AccountAddress, AccountKey, AccountSummary, AppError, AppState } from "../types";
import type { AccountCommands } from "../platform";
import { error, SETTLED } from "./shelf";
import type { World } from "./world";

const WIRO = { api_url: "https://api.wiro.ai/v1", socket_url: "wss://socket.wiro.ai/v1" } as const;

/** An account whose key is there; what differs is given. */
export function account(id: string, name: string, extras: Partial<AccountSummary> = {}): AccountSummary {
  return { id, name, kind: "project", ...WIRO, has_own_address: false, signs: false, key: "ready", key_problem: null, ...extras };
}

export const SANDBOX = account("sandbox", "Sandbox", { kind: "sandbox", api_url: "http://127.0.0.1:41873/v1", socket_url: "ws://127.0.0.1:41873/v1" });
export const ENVIRONMENT = account("environment", "Wiro project", { kind: "environment" });

const KEYCHAIN_WORDS: Record<string, string> = {
  "keychain.unavailable": "org.freedesktop.DBus.Error.ServiceUnknown: The name org.freedesktop.secrets was not provided by any .service files",
  "keychain.locked": "The prompt was dismissed",
  "keychain.slow": "no answer in 10 s",
};

/** What the keychain says when it does not give or take a key. */
export function keychainError(code: "keychain.unavailable" | "keychain.locked" | "keychain.slow" | "keychain.missing"): AppError {
  const action = code === "keychain.missing" ? "check_credentials" : "ask_keychain";
  return { ...error(code, action, KEYCHAIN_WORDS[code] ?? null), retryable: action === "ask_keychain" };
}

/** One account in each state a key can be in. */
export function manyAccounts(): AccountSummary[] {
  return [
    SANDBOX,
    ENVIRONMENT,
    account("studio", "Studio Nord", { signs: true }),
    account("locked", "Kunde mit einem sehr langen Namen, den niemand abkürzen wollte", { key: "missing", key_problem: keychainError("keychain.locked") }),
    account("session", "Borrowed laptop", { key: "session_only", api_url: "https://wiro.internal.example.org:8443/v1", socket_url: "wss://wiro.internal.example.org:8443/v1", has_own_address: true }),
    account("reading", "Night shift", { key: "reading" }),
    account("gone", "Archive", { key: "missing", key_problem: keychainError("keychain.missing") }),
  ];
}

/** Keys the fake service refuses, each in the service's own words (`PROTOCOL.md` section 3.4). Every other key is taken. */
export const REFUSED_KEYS: Readonly<Record<string, string>> = {
  "unknown-key": "Project authorization is not founded.",
  "signed-key": "Project requires signature authentication. x-signature and x-nonce headers are required.",
  "other-ip-key": "Requested ip 203.0.113.7 is not allowed.",
};
/** A secret that does not belong to its key. */
export const WRONG_SECRET = "wrong-secret";
/** A key with which the service cannot be reached. */
export const OFFLINE_KEY = "offline-key";

export function refusal(message: string, detail: string | null = "HTTP 401"): AppError {
  return { ...error("auth.rejected", "check_credentials", detail), message };
}

function judge({ key, secret }: AccountKey): AppError | null {
  if (key === OFFLINE_KEY) return { ...error("network.offline", "retry", "error trying to connect: dns error"), retryable: true };
  if (secret === WRONG_SECRET) return refusal("Project authorization is not valid.");
  if (key === "signed-key" && secret !== null) return null;
  const message = REFUSED_KEYS[key];
  return message === undefined ? null : refusal(message);
}

function invalid(field: string, message: string): AppError {
  return { ...error("account.invalid", "edit_inputs", null), message, field };
}

function freeName(world: World, name: string, except: string | null): string {
  const trimmed = name.trim();
  if (trimmed === "") throw invalid("name", "Give the account a name.");
  const taken = world.state.accounts.some((item) => item.id !== except && item.name.toLowerCase() === trimmed.toLowerCase());
  if (taken) throw invalid("name", "There is an account of this name already.");
  return trimmed;
}

function addressOf({ api_url: api, socket_url: socket }: AccountAddress): Pick<AccountSummary, "api_url" | "socket_url" | "has_own_address"> {
  if (api === null && socket === null) return { ...WIRO, has_own_address: false };
  const url = api ?? WIRO.api_url;
  if (!/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)/.test(url)) throw invalid("address", "An address must begin with https://.");
  return { api_url: url, socket_url: socket ?? url.replace(/^http/, "ws"), has_own_address: true };
}

function take(world: World, key: AccountKey, options: { unchecked: boolean; session_only: boolean }): Pick<AccountSummary, "signs" | "key" | "key_problem"> {
  if (key.key.trim() === "") throw invalid("key", "Enter the project's API key.");
  const judgement = judge(key);
  if (judgement !== null && !options.unchecked) throw judgement;
  if (world.keychain !== null && !options.session_only) throw world.keychain;
  return { signs: key.secret !== null, key: options.session_only ? "session_only" : "ready", key_problem: null };
}

/** Puts another account in the place of the one with its id, in use or not. */
export function putAccount(world: World, next: AccountSummary): AppState {
  const { state } = world;
  world.state = {
    ...state,
    accounts: state.accounts.map((item) => (item.id === next.id ? next : item)),
    account: state.account?.id === next.id ? next : state.account,
  };
  return world.state;
}

function find(world: World, id: string): AccountSummary {
  const found = world.state.accounts.find((item) => item.id === id);
  if (found === undefined) throw error("auth.missing", "check_credentials", null);
  return found;
}

let added = 0;

export function accountCommands(world: World): AccountCommands {
  return {
    accountChoose: async (accountId) => {
      world.state = { ...world.state, account: find(world, accountId) };
      return world.state;
    },
    accountAdd: async ({ name, key, address, ...options }) => {
      const place = addressOf(address);
      const made = { name: freeName(world, name, null), ...place, ...take(world, key, options) };
      added += 1;
      const fresh = account(`project-${added}`, made.name, made);
      world.refusals.set(fresh.id, judge(key));
      world.state = { ...world.state, accounts: [...world.state.accounts, fresh], account: fresh };
      return world.state;
    },
    accountUpdate: async (accountId, { name, key, address, ...options }) => {
      let next = find(world, accountId);
      if (next.kind !== "project") throw invalid("account", "Only projects that were added can be changed.");
      if (name !== null) next = { ...next, name: freeName(world, name, accountId) };
      if (address !== null) {
        const place = addressOf(address);
        if (place.api_url !== next.api_url && key === null) throw invalid("key", "Enter the key again: it goes to the new address.");
        next = { ...next, ...place };
      }
      if (key !== null) {
        next = { ...next, ...take(world, key, options) };
        world.refusals.set(accountId, judge(key));
      }
      return putAccount(world, next);
    },
    accountTest: async (accountId) => {
      const { key_problem: problem } = find(world, accountId);
      const refused = problem ?? world.refusals.get(accountId) ?? null;
      if (refused !== null) throw refused;
    },
    accountRemove: async (accountId) => {
      const unfinished = world.runs.filter((run) => run.summary.account_id === accountId && !SETTLED.has(run.summary.state)).length;
      if (unfinished > 0) throw { ...error("account.invalid", "wait", null), message: `It still has ${unfinished} unfinished runs.` };
      const { state } = world;
      const accounts = state.accounts.filter((item) => item.id !== accountId);
      world.state = { ...state, accounts, account: state.account?.id === accountId ? null : state.account };
      return world.state;
    },
    accountAskKeychain: async (accountId) => {
      if (world.keychain !== null) throw world.keychain;
      return putAccount(world, { ...find(world, accountId), key: "ready", key_problem: null });
    },
    keychainState: async () => ({ problem: world.keychain }),
  };
}
