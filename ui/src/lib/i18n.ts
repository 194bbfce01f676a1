import { createInstance, type TOptions } from "i18next";

import type { Language } from "../platform";
import { de } from "./locales/de";
import { en } from "./locales/en";
import { createStore } from "./store";

/** Locales with the same keys as English, in their own words. */
export type Translation = typeof en;
export type Widen<T> = T extends string ? string : { readonly [Key in keyof T]: Widen<T[Key]> };

type Leaves<T, Prefix extends string = ""> = {
  [Key in keyof T & string]: T[Key] extends string ? `${Prefix}${Key}` : Leaves<T[Key], `${Prefix}${Key}.`>;
}[keyof T & string];

type WithoutPlural<Key extends string> = Key extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : Key;

/** Every key there is; a typo does not compile. */
export type MessageKey = WithoutPlural<Leaves<Translation>>;

export const LOCALES = { en, de } as const;
export type Locale = keyof typeof LOCALES;

function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const short = language.slice(0, 2).toLowerCase();
    if (short === "en" || short === "de") return short;
  }
  return "en";
}

const instance = createInstance();
void instance.init({
  lng: "en",
  fallbackLng: "en",
  initAsync: false,
  // React escapes; escaping twice would show `&amp;`.
  interpolation: { escapeValue: false },
  resources: { en: { translation: en }, de: { translation: de } },
});

type Translate = (key: string, values?: TOptions) => string;
const translations: Record<Locale, Translate> = { en: instance.getFixedT("en") as Translate, de: instance.getFixedT("de") as Translate };

function systemLocale(): Locale {
  return preferredLocale(typeof navigator === "undefined" ? [] : navigator.languages);
}

/** The language in force. The root of the window watches it and draws everything anew. */
export const currentLocale = createStore<Locale>(systemLocale());

const CHOSEN: Record<Exclude<Language, "system">, Locale> = { english: "en", german: "de" };

export function setLanguage(language: Language): void {
  currentLocale.set(language === "system" ? systemLocale() : CHOSEN[language]);
  document.documentElement.lang = locale();
}

export function t(key: MessageKey, values?: TOptions): string {
  return translations[currentLocale.get()](key, values);
}

export function locale(): string {
  return currentLocale.get();
}
