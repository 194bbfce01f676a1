import { locale, t } from "./i18n";

const UNITS = ["B", "KB", "MB", "GB"] as const;

/** Bytes as a file manager writes them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
  return `${number} ${UNITS[unit] ?? "B"}`;
}

/**
 * Money from a decimal string. Works on the digits, never through a binary float: at least two places, and the small
 * amounts of this trade as exact as they came.
 */
export function formatUsd(decimal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(decimal.trim());
  if (match === null) return `$${decimal}`;
  const [, sign = "", whole = "0", fraction = ""] = match;
  const trimmed = fraction.replace(/0+$/, "").padEnd(2, "0");
  return `${sign}$${whole}.${trimmed}`;
}

/** A share; near the top a digit more, so that 99.8 % does not claim to be all. */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: share > 0.99 && share < 1 ? 1 : 0 }).format(share);
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}

export function formatPixels(width: number, height: number): string {
  return `${width} × ${height}`;
}

/** Dates as the person's region writes them, in the language of the window. */
function region(): string {
  const language = locale();
  const languages = typeof navigator === "undefined" ? [] : navigator.languages;
  return languages.find((name) => name.split("-", 1)[0]?.toLowerCase() === language) ?? language;
}

export function formatClock(atMs: number): string {
  return new Intl.DateTimeFormat(region(), { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(atMs);
}

/** Today the time, else the date. */
export function formatWhen(atMs: number, nowMs: number = Date.now()): string {
  const at = new Date(atMs);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  const options: Intl.DateTimeFormatOptions = sameDay
    ? { hour: "2-digit", minute: "2-digit" }
    : { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(region(), options).format(at);
}

export function formatSeconds(seconds: number): string {
  if (seconds < 60) {
    const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: seconds < 10 ? 1 : 0 }).format(seconds);
    return t("units.seconds", { value: number });
  }
  const minutes = Math.floor(seconds / 60);
  return t("units.minutes", { minutes, seconds: Math.round(seconds - minutes * 60) });
}

/** Words of categories that are written in capitals. */
const ABBREVIATIONS = /\b(?:3d|ai|hr|llm|rag|sdk)\b/g;

/** `image-to-video` as a person reads it. */
export function formatCategory(slug: string): string {
  const words = slug.replaceAll(/[-_]+/g, " ").trim().replaceAll(ABBREVIATIONS, (short) => short.toUpperCase());
  return words.charAt(0).toLocaleUpperCase(locale()) + words.slice(1);
}
