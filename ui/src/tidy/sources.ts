import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The folder of the page's sources. */
export const ROOT = resolve(import.meta.dirname, "..");

export interface Source {
  /** Path below `src`, with slashes. */
  path: string;
  text: string;
}

export function sources(pattern: RegExp): Source[] {
  return readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(ROOT, file).replaceAll("\\", "/"), text: readFileSync(file, "utf8") }));
}

export interface Import {
  /** Path below `src` for our own files, else the name of the package. */
  target: string;
  own: boolean;
  typeOnly: boolean;
}

/** What a file imports, static and dynamic. */
export function importsOf(source: Source): Import[] {
  const found = source.text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;"']*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g);
  return [...found].map((match) => {
    const name = match[2] ?? match[3] ?? match[4] ?? "";
    const own = name.startsWith(".");
    const target = own ? relative(ROOT, resolve(ROOT, dirname(source.path), name)).replaceAll("\\", "/") : name;
    return { target, own, typeOnly: match[1] !== undefined };
  });
}
