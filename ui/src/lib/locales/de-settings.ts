import type { Widen } from "../i18n";
import type { settings as english } from "./en-settings";

export const settings: Widen<typeof english> = { title: "Einstellungen" };
