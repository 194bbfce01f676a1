import { parseSync } from "vite";
import { describe, expect, test } from "vitest";

import { LOCALES } from "../lib/i18n";
import { type Source, sources } from "./sources";

type Tree = Record<string, unknown>;

function leaves(tree: Tree, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of leaves(value as Tree, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").toSorted();
}

const english = leaves(LOCALES.en);

describe.each(Object.keys(LOCALES).filter((name) => name !== "en"))("%s", (name) => {
  const other = leaves(LOCALES[name as keyof typeof LOCALES]);

  test("has the same keys as English", () => {
    expect([...other.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  test("keeps every placeholder", () => {
    const differing = [...english].filter(([key, text]) => placeholders(text).join() !== placeholders(other.get(key) ?? "").join());
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  test("says nothing with no words", () => {
    expect([...other].filter(([, text]) => text.trim() === "").map(([key]) => key)).toEqual([]);
  });

  test("is a translation", () => {
    const long = [...english].filter(([, text]) => text.length > 30);
    expect(long.filter(([key, text]) => other.get(key) === text).map(([key]) => key)).toEqual([]);
  });
});

test("every key is used", () => {
  const text = sources(/\.tsx?$/)
    .filter((source) => !source.path.startsWith("lib/locales/") && !source.path.includes(".test."))
    .map((source) => source.text)
    .join("\n");
  // Those are put together from a code or a state that the types check.
  const composed = /^(errors|fileProblem|runState|status)\./;
  const unused = [...english.keys()].map((key) => key.replace(/_(one|other)$/, "")).filter((key) => !composed.test(key) && !text.includes(`"${key}"`));
  expect([...new Set(unused)]).toEqual([]);
});

interface Node {
  type: string;
  [key: string]: unknown;
}

const SPOKEN = new Set(["aria-label", "title", "placeholder", "alt", "label"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Words that stand in the page itself instead of in a locale. */
function literals(source: Source): string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (node.type === "JSXText" && /\p{L}/u.test(String(node["value"]))) found.push(String(node["value"]).trim());
    if (node.type === "JSXAttribute") {
      const name = isNode(node["name"]) ? String(node["name"]["name"]) : "";
      const value = isNode(node["value"]) ? node["value"] : null;
      if (SPOKEN.has(name) && value?.type === "Literal" && /\p{L}/u.test(String(value["value"]))) found.push(`${name}=${String(value["value"])}`);
    }
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) for (const item of child) if (isNode(item)) visit(item);
      if (isNode(child)) visit(child);
    }
  };
  const { program } = parseSync(source.path, source.text);
  visit(program as unknown as Node);
  return found.map((words) => `${source.path}: ${words}`);
}

test("every word a person reads goes through t()", () => {
  const files = sources(/\.tsx$/).filter((source) => !source.path.includes(".test."));
  expect(files.length).toBeGreaterThan(30);
  expect(files.flatMap(literals)).toEqual([]);
});

test("the check finds words", () => {
  expect(literals({ path: "a.tsx", text: 'const a = <b title="Hello">World</b>;' })).toEqual(["a.tsx: title=Hello", "a.tsx: World"]);
});
