import type { Answers } from "../platform";

/** All keys of the cache in one place; events drop by prefix. */
export const keys = {
  app: ["app"] as const,
  keychain: ["keychain"] as const,
  libraryInfo: ["library"] as const,
  diagnostics: ["diagnostics"] as const,
  models: ["models"] as const,
  modelPage: (search: string, category: string | null, start: number) => ["models", search, category, start] as const,
  model: (model: string) => ["model", model] as const,
  price: (model: string, answers: Answers) => ["price", model, answers] as const,
  submit: (model: string) => ["submit", model] as const,
  retry: (id: string) => ["retry", id] as const,
  runs: ["runs"] as const,
  runPage: (activeOnly: boolean, start: number) => ["runs", activeOnly, start] as const,
  runActive: ["runs", "active"] as const,
  run: (id: string) => ["run", id] as const,
  outputs: ["outputs"] as const,
  outputPage: (start: number) => ["outputs", start] as const,
  voiceModel: (model: string) => ["model", model, "voice"] as const,
  voiceDevices: ["voice", "devices"] as const,
  voiceShortcut: ["voice", "shortcut"] as const,
  voiceStart: ["voice", "start"] as const,
  voiceSessions: ["voice", "sessions"] as const,
  voiceSessionPage: (start: number) => ["voice", "sessions", start] as const,
  voiceSession: (runId: string) => ["voice", "session", runId] as const,
};
