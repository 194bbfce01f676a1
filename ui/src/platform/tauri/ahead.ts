/** Commands and events that the generated bindings do not have yet; the same calls by hand. */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type {
  AccountChange, AppLink, AppState, KeychainState, LibraryInfo, LibraryMove, NewAccount, OutputPage, QuitAsked,
  QuitChoice, RunDetail, RunSummary, SettingsChange,
} from "../types";
import { commands as generated, events as generatedEvents } from "./bindings.gen";

export const commands = {
  ...generated,
  appState: () => invoke<AppState>("app_state"),
  accountChoose: (accountId: string) => invoke<AppState>("account_choose", { accountId }),
  accountAdd: (account: NewAccount) => invoke<AppState>("account_add", { account }),
  accountUpdate: (accountId: string, change: AccountChange) => invoke<AppState>("account_update", { accountId, change }),
  accountTest: (accountId: string) => invoke<null>("account_test", { accountId }),
  accountRemove: (accountId: string) => invoke<AppState>("account_remove", { accountId }),
  accountAskKeychain: (accountId: string) => invoke<AppState>("account_ask_keychain", { accountId }),
  keychainState: () => invoke<KeychainState>("keychain_state"),
  settingsUpdate: (change: SettingsChange) => invoke<AppState>("settings_update", { change }),
  libraryInfo: () => invoke<LibraryInfo>("library_info"),
  libraryMovePick: () => invoke<LibraryMove | null>("library_move_pick"),
  libraryMove: () => invoke<null>("library_move"),
  diagnostics: () => invoke<string>("diagnostics"),
  diagnosticsCopy: () => invoke<null>("diagnostics_copy"),
  logsReveal: () => invoke<null>("logs_reveal"),
  linkOpen: (link: AppLink) => invoke<null>("link_open", { link }),
  noticeDismiss: (kind: string) => invoke<AppState>("notice_dismiss", { kind }),
  quitAnswer: (choice: QuitChoice) => invoke<null>("quit_answer", { choice }),
  runShow: (runId: string) => invoke<RunDetail>("run_show", { runId }),
  runRecheck: (runId: string) => invoke<RunDetail>("run_recheck", { runId }),
  runAdopt: (runId: string, taskId: string) => invoke<RunDetail>("run_adopt", { runId, taskId }),
  runDismiss: (runId: string) => invoke<RunDetail>("run_dismiss", { runId }),
  runStop: (runId: string) => invoke<RunDetail>("run_stop", { runId }),
  runRetry: (runId: string, intentId: string) => invoke<RunSummary>("run_retry", { runId, intentId }),
  runDeleteFiles: (runId: string) => invoke<RunDetail>("run_delete_files", { runId }),
  runForget: (runId: string) => invoke<null>("run_forget", { runId }),
  outputList: (filter: Parameters<typeof generated.outputList>[0]) => invoke<OutputPage>("output_list", { filter }),
  outputRetry: (outputId: string) => invoke<null>("output_retry", { outputId }),
};

export const events = {
  ...generatedEvents,
  stateChangedEvent: { listen: (handler: (heard: { payload: null }) => void) => listen<null>("state-changed-event", handler) },
  quitAskedEvent: { listen: (handler: (heard: { payload: QuitAsked }) => void) => listen<QuitAsked>("quit-asked-event", handler) },
};
