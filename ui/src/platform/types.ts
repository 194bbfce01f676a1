/** What crosses the boundary to Rust, as the generated bindings say it, by the names the page uses. */
import type * as Bindings from "./tauri/bindings.gen";

export type {
  AnswerInput,
  Control,
  DragHoveredEvent as DragHovered,
  Field,
  FieldGroup,
  FileInput,
  FileMode,
  FileProblem,
  FilesDroppedEvent as FilesDropped,
  FormDefinition,
  LibraryChangedEvent as LibraryChanged,
  LogLine,
  LogStream,
  ModelDetail,
  ModelListQuery,
  ModelPage,
  ModelSummary,
  OutputFilter,
  OutputState,
  Price,
  Progress,
  RunFilter,
  RunInput,
  RunPage,
  RunProgressedEvent as RunProgressed,
  RunState,
  RunSubmission,
  RunSummary,
  SelectOption,
  StagedFile,
  StatusStep,
} from "./tauri/bindings.gen";

export type Answers = Bindings.RunSubmission["answers"];

export type ErrorCode =
  | Bindings.ErrorCode
  | "account.invalid"
  | "keychain.unavailable"
  | "keychain.locked"
  | "keychain.slow"
  | "keychain.missing"
  | "network.proxy"
  | "library.not_moved";
export type SuggestedAction = Bindings.SuggestedAction | "ask_keychain" | "check_proxy" | "choose_folder";
export interface AppError extends Omit<Bindings.AppError, "code" | "action"> {
  code: ErrorCode;
  action: SuggestedAction;
}

export type AccountKind = "sandbox" | "environment" | "project";
export type KeyState = "ready" | "session_only" | "reading" | "missing";
export interface AccountSummary {
  id: string;
  name: string;
  kind: AccountKind;
  api_url: string;
  socket_url: string;
  has_own_address: boolean;
  signs: boolean;
  key: KeyState;
  key_problem: AppError | null;
}
export interface AccountAddress {
  api_url: string | null;
  socket_url: string | null;
}
export interface AccountKey {
  key: string;
  secret: string | null;
}
export interface NewAccount {
  name: string;
  key: AccountKey;
  address: AccountAddress;
  session_only: boolean;
  unchecked: boolean;
}
export interface AccountChange {
  name: string | null;
  key: AccountKey | null;
  address: AccountAddress | null;
  session_only: boolean;
  unchecked: boolean;
}

export type Theme = "system" | "light" | "dark";
export type Language = "system" | "english" | "german";
export type ProxyMode = "system" | "custom" | "none";
export interface ProxySettings {
  mode: ProxyMode;
  address: string | null;
  user: string | null;
  password: KeyState | null;
}
export interface ProxyChoice {
  mode: ProxyMode;
  address: string | null;
  user: string | null;
  password: string | null;
}
export interface Settings {
  theme: Theme;
  language: Language;
  proxy: ProxySettings;
  notify_when_done: boolean;
  close_to_tray: boolean;
  has_tray: boolean;
}
export interface SettingsChange {
  theme: Theme | null;
  language: Language | null;
  proxy: ProxyChoice | null;
  notify_when_done: boolean | null;
  close_to_tray: boolean | null;
}
export type AppNotice =
  | { kind: "library_rebuilt"; runs: number; files: number; damaged_dir: string }
  | { kind: "library_moved"; dir: string }
  | { kind: "library_not_moved"; error: AppError }
  | { kind: "environment_address"; api_url: string }
  | { kind: "system_proxy"; host: string };
export interface AppState {
  account: AccountSummary | null;
  accounts: AccountSummary[];
  media_base_url: string;
  library_dir: string;
  version: string;
  settings: Settings;
  notices: AppNotice[];
}
export interface LibraryInfo {
  dir: string;
  bytes: number;
  free_bytes: number | null;
  runs: number;
  outputs: number;
  is_fixed: boolean;
}
export interface LibraryMove {
  to: string;
  bytes: number;
  is_same_disk: boolean;
  problem: AppError | null;
}
export interface KeychainState {
  problem: AppError | null;
}
export interface RunActions {
  stop: boolean;
  retry: boolean;
  delete_files: boolean;
  forget: boolean;
}
export interface OutputSummary extends Bindings.OutputSummary {
  can_retry: boolean;
}
export interface OutputPage {
  outputs: OutputSummary[];
  total: number;
}
export interface RunDetail extends Omit<Bindings.RunDetail, "error" | "outputs"> {
  error: AppError | null;
  outputs: OutputSummary[];
  actions: RunActions;
  is_stopping: boolean;
  files_deleted_at_ms: number | null;
  retry_of: string | null;
}
export type AppLink = "new_project" | "billing" | "docs" | "website";
export type QuitChoice = "keep" | "stop_runs" | "stay";
export interface QuitAsked {
  active: number;
  on_sandbox: number;
}
