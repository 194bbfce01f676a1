import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ROOT, sources } from "./sources";

const css = sources(/\.css$/);
const tokens = css.find((source) => source.path === "styles/tokens.css")?.text ?? "";

/** The colours of one theme. */
function colours(dark: boolean): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", both = "", light = "", other = ""] of tokens.matchAll(/--([\w-]+): (?:(#[0-9a-f]{6})|light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\));/g)) {
    found.set(name, both || (dark ? other : light));
  }
  return found;
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, two: string): number {
  const [dim = 0, bright = 0] = [luminance(one), luminance(two)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dim + 0.05);
}

const TEXT = 4.5;
const SHAPE = 3;
/** Foreground, background, least contrast: every pair the page puts on top of each other. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ...["bg", "surface", "sunken", "side", "hover", "selected"].flatMap((under) => [["text", under, TEXT] as const, ["muted", under, TEXT] as const]),
  ...["bg", "surface", "sunken"].map((under) => ["faint", under, TEXT] as const),
  ...["bg", "surface", "accent-soft", "sunken"].map((under) => ["accent-text", under, TEXT] as const),
  ...["good", "bad", "warn"].flatMap((tone) => [[tone, "bg", TEXT] as const, [tone, "surface", TEXT] as const]),
  ["bad", "bad-soft", TEXT],
  ["warn", "warn-soft", TEXT],
  ["muted", "warn-soft", TEXT],
  ["muted", "bad-soft", TEXT],
  ["warn", "sunken", TEXT],
  ["on-accent", "accent", TEXT],
  ["on-accent", "accent-hover", TEXT],
  ["control-line", "bg", SHAPE],
  ["control-line", "surface", SHAPE],
  ["accent", "surface", SHAPE],
];

test.each([false, true])("everything can be read (dark: %s)", (dark) => {
  const theme = colours(dark);
  const weak = PAIRS.map(([over, under, least]) => ({ pair: `${over} on ${under}`, least, ratio: contrast(theme.get(over) ?? "", theme.get(under) ?? "") }));
  expect(weak.filter(({ ratio, least }) => !(ratio >= least))).toEqual([]);
});

test("colours come from the tokens alone", () => {
  const loose = css
    .filter((source) => source.path !== "styles/tokens.css")
    .flatMap((source) => [...source.text.matchAll(/#[0-9a-f]{3,8}\b/gi)].map((match) => `${source.path}: ${match[0]}`));
  expect(loose).toEqual([]);
});

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), "utf8");

test("the window shows the icon of the app", () => {
  expect(read("app", "icon.svg")).toBe(read("..", "..", "icons", "icon.svg"));
});

test("every variable is defined", () => {
  const defined = new Set(css.flatMap((source) => [...source.text.matchAll(/--([\w-]+):/g)].map((match) => match[1])));
  // Base UI sets these on its popups.
  for (const name of ["anchor-width", "available-width", "available-height"]) defined.add(name);
  const missing = css.flatMap((source) => [...source.text.matchAll(/var\(--([\w-]+)\)/g)].filter((match) => !defined.has(match[1])).map((match) => `${source.path}: ${match[1]}`));
  expect(missing).toEqual([]);
});

test("every class that is used exists", () => {
  const modules = new Map(css.map((source) => [source.path, source.text]));
  const missing = sources(/\.tsx$/)
    .filter((source) => !source.path.includes(".test."))
    .flatMap((source) => {
      const name = /import styles from "\.\/([^"]+)"/.exec(source.text)?.[1];
      if (name === undefined) return [];
      const text = modules.get(`${source.path.replace(/[^/]+$/, "")}${name}`) ?? "";
      return [...source.text.matchAll(/styles\.(\w+)/g)].map((match) => match[1] ?? "").filter((used) => !new RegExp(`\\.${used}\\b`).test(text)).map((used) => `${source.path}: ${used}`);
    });
  expect(missing).toEqual([]);
});
