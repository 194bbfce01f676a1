import type { Settings } from "../platform";
import { setLanguage } from "./i18n";

/** Puts theme and language into force. */
export function applyAppearance({ theme, language }: Pick<Settings, "theme" | "language">): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  setLanguage(language);
}
