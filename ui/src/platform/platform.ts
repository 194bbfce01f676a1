import type {
  AccountChange,
  Answers,
  AppLink,
  AppNotice,
  AppState,
  DragHovered,
  FilesDropped,
  KeychainState,
  LibraryChanged,
  LibraryInfo,
  LibraryMove,
  ModelDetail,
  ModelListQuery,
  ModelPage,
  NewAccount,
  OutputFilter,
  OutputPage,
  Price,
  QuitAsked,
  QuitChoice,
  RunDetail,
  RunFilter,
  RunPage,
  RunProgressed,
  RunSubmission,
  RunSummary,
  SettingsChange,
  StagedFile,
  VoiceControl,
  VoiceDevices,
  VoiceDeviceTest,
  VoiceDeviceTestResult,
  VoiceEvent,
  VoiceExport,
  VoiceModel,
  VoiceSessionDetail,
  VoiceSessionFilter,
  VoiceSessionPage,
  VoiceSessionView,
  VoiceShortcut,
  VoiceStart,
  VoiceState,
} from "./types";

/** Which of a file's faces is shown. */
export type MediaVariant = "output" | "thumbnail" | "input" | "staged" | "recording";

/** What the core tells by itself. */
export interface PlatformEvents {
  /** Accounts, settings or notices changed: the app's state is to be asked for again. */
  stateChanged: null;
  libraryChanged: LibraryChanged;
  runProgressed: RunProgressed;
  filesDropped: FilesDropped;
  dragHovered: DragHovered;
  /** The person closes the app while runs are going on. */
  quitAsked: QuitAsked;
}

export type Unsubscribe = () => void;

export interface AccountCommands {
  accountChoose: (accountId: string) => Promise<AppState>;
  /** Checks the key with the service, stores it in the keychain and uses the account. */
  accountAdd: (account: NewAccount) => Promise<AppState>;
  accountUpdate: (accountId: string, change: AccountChange) => Promise<AppState>;
  accountTest: (accountId: string) => Promise<void>;
  accountRemove: (accountId: string) => Promise<AppState>;
  /** Asks for a key that could not be read once more. */
  accountAskKeychain: (accountId: string) => Promise<AppState>;
  keychainState: () => Promise<KeychainState>;
}

export interface AppCommands {
  appState: () => Promise<AppState>;
  settingsUpdate: (change: SettingsChange) => Promise<AppState>;
  libraryInfo: () => Promise<LibraryInfo>;
  /** Asks the person for a folder; `null` when the dialog was closed. */
  libraryMovePick: () => Promise<LibraryMove | null>;
  /** Moves to the folder that was picked last; the app starts again. */
  libraryMove: () => Promise<void>;
  diagnostics: () => Promise<string>;
  diagnosticsCopy: () => Promise<void>;
  logsReveal: () => Promise<void>;
  linkOpen: (link: AppLink) => Promise<void>;
  noticeDismiss: (kind: AppNotice["kind"]) => Promise<AppState>;
  quitAnswer: (choice: QuitChoice) => Promise<void>;
}

export interface ModelCommands {
  modelList: (query: ModelListQuery) => Promise<ModelPage>;
  modelShow: (model: string) => Promise<ModelDetail>;
  priceEstimate: (model: string, answers: Answers) => Promise<Price>;
  filePick: (multiple: boolean) => Promise<StagedFile[]>;
}

export interface RunCommands {
  runSubmit: (submission: RunSubmission) => Promise<RunSummary>;
  runList: (filter: RunFilter) => Promise<RunPage>;
  runShow: (id: string) => Promise<RunDetail>;
  runRecheck: (id: string) => Promise<RunDetail>;
  runAdopt: (id: string, taskId: string) => Promise<RunDetail>;
  runDismiss: (id: string) => Promise<RunDetail>;
  runStop: (id: string) => Promise<RunDetail>;
  /** The same inputs as a new run. One intent is one run, however often it is sent. */
  runRetry: (id: string, intentId: string) => Promise<RunSummary>;
  /** Deletes the service's copies of the inputs and results. */
  runDeleteFiles: (id: string) => Promise<RunDetail>;
  runForget: (id: string) => Promise<void>;
}

export interface OutputCommands {
  outputList: (filter: OutputFilter) => Promise<OutputPage>;
  outputReveal: (id: string) => Promise<void>;
  outputOpen: (id: string) => Promise<void>;
  /** Fetches a result that could not be had once more. */
  outputRetry: (id: string) => Promise<void>;
}

export interface VoiceCommands {
  voiceModel: (model: string) => Promise<VoiceModel>;
  /** Answers as soon as the session is written down. One intent is one session, however often it is sent. */
  voiceStart: (start: VoiceStart) => Promise<VoiceSessionView>;
  voiceControl: (runId: string, control: VoiceControl) => Promise<VoiceState>;
  /** The live session; `null` when there is none. */
  voiceSession: () => Promise<VoiceSessionView | null>;
  voiceDevices: () => Promise<VoiceDevices>;
  /** Answers when the trial is over. */
  voiceDeviceTest: (test: VoiceDeviceTest) => Promise<VoiceDeviceTestResult>;
  voiceSessions: (filter: VoiceSessionFilter) => Promise<VoiceSessionPage>;
  voiceSessionShow: (runId: string) => Promise<VoiceSessionDetail>;
  /** Asks the person where to; the file's path, or `null` when the dialog was closed. */
  voiceSessionExport: (runId: string, format: VoiceExport) => Promise<string | null>;
  /** Whether the talk key works outside the window. */
  voiceShortcut: () => Promise<VoiceShortcut>;
}

export interface Commands extends AccountCommands, AppCommands, ModelCommands, RunCommands, OutputCommands, VoiceCommands {}

/**
 * Everything the window can ask of what it runs on. There are two: Tauri, and one in memory for tests and screenshots.
 * Every command rejects with an `AppError`, and with nothing else.
 */
export interface Platform extends Commands {
  /** Where the window loads a file from. */
  mediaUrl: (state: AppState, variant: MediaVariant, id: string) => string;
  listen: <Name extends keyof PlatformEvents>(
    name: Name,
    handler: (payload: PlatformEvents[Name]) => void,
  ) => Unsubscribe;
  /** What the live session and trials of devices tell: a stream of its own, up to twenty a second. */
  voiceListen: (handler: (event: VoiceEvent) => void) => Unsubscribe;
}
