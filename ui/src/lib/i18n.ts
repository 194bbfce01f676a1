import { createInstance, type TOptions } from "i18next";

import { de } from "./locales/de";
import { en } from "./locales/en";

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
  lng: preferredLocale(typeof navigator === "undefined" ? [] : navigator.languages),
  fallbackLng: "en",
  initAsync: false,
  // React escapes; escaping twice would show `&amp;`.
  interpolation: { escapeValue: false },
  resources: { en: { translation: en }, de: { translation: de } },
});

export function t(key: MessageKey, values?: TOptions): string {
  return (instance.t as (key: string, values?: TOptions) => string)(key, values);
}

export function locale(): string {
  return instance.language;
}
