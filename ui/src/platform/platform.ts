import type {
  Answers,
  AppState,
  DragHovered,
  FilesDropped,
  LibraryChanged,
  ModelDetail,
  ModelListQuery,
  ModelPage,
  OutputFilter,
  OutputPage,
  Price,
  RunDetail,
  RunFilter,
  RunPage,
  RunProgressed,
  RunSubmission,
  RunSummary,
  StagedFile,
} from "./types";

/** Which of a file's faces is shown. */
export type MediaVariant = "output" | "thumbnail" | "input" | "staged";

/** What the core tells by itself. */
export interface PlatformEvents {
  libraryChanged: LibraryChanged;
  runProgressed: RunProgressed;
  filesDropped: FilesDropped;
  dragHovered: DragHovered;
}

export type Unsubscribe = () => void;

/**
 * Everything the window can ask of what it runs on. There are two: Tauri, and one in memory for tests and screenshots.
 * Every command rejects with an `AppError`, and with nothing else.
 */
export interface Platform {
  appState: () => Promise<AppState>;
  accountChoose: (accountId: string) => Promise<AppState>;
  modelList: (query: ModelListQuery) => Promise<ModelPage>;
  modelShow: (model: string) => Promise<ModelDetail>;
  priceEstimate: (model: string, answers: Answers) => Promise<Price>;
  filePick: (multiple: boolean) => Promise<StagedFile[]>;
  runSubmit: (submission: RunSubmission) => Promise<RunSummary>;
  runList: (filter: RunFilter) => Promise<RunPage>;
  runShow: (id: string) => Promise<RunDetail>;
  runRecheck: (id: string) => Promise<RunDetail>;
  runAdopt: (id: string, taskId: string) => Promise<RunDetail>;
  runDismiss: (id: string) => Promise<RunDetail>;
  outputList: (filter: OutputFilter) => Promise<OutputPage>;
  outputReveal: (id: string) => Promise<void>;
  outputOpen: (id: string) => Promise<void>;
  /** Where the window loads a file from. */
  mediaUrl: (state: AppState, variant: MediaVariant, id: string) => string;
  listen: <Name extends keyof PlatformEvents>(
    name: Name,
    handler: (payload: PlatformEvents[Name]) => void,
  ) => Unsubscribe;
}
