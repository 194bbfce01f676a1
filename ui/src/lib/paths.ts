export const SETTINGS_PAGES = ["accounts", "library", "appearance", "voice", "network", "notifications", "about"] as const;
export type SettingsPageId = (typeof SETTINGS_PAGES)[number];

/** Addresses inside the window, after the `#`. */
export const paths = {
  models: "/models",
  runs: "/runs",
  library: "/library",
  settings: (page: SettingsPageId = "accounts", part?: string): string =>
    part === undefined ? `/settings/${page}` : `/settings/${page}/${encodeURIComponent(part)}`,
  model: (slug: string): string => `/models/${slug.split("/").map(encodeURIComponent).join("/")}`,
  voice: "/voice",
  voiceModel: (slug: string): string => `/voice/with/${slug.split("/").map(encodeURIComponent).join("/")}`,
  voiceSessions: "/voice/sessions",
  voiceSession: (runId: string): string => `/voice/sessions/${encodeURIComponent(runId)}`,
  run: (id: string): string => `/runs/${encodeURIComponent(id)}`,
} as const;
