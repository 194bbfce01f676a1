import { describe, expect, test } from "vitest";

import { importsOf, type Source, sources } from "./sources";

/** Who may know whom: a layer knows those it names, and itself. Types of the platform may be read everywhere. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  components: ["lib"],
  form: ["lib", "components"],
  platform: [],
  data: ["lib", "platform"],
  features: ["lib", "components", "form", "data"],
  app: ["lib", "components", "form", "data", "features"],
};

const isTest = (path: string): boolean => path.includes(".test.") || path.startsWith("test/") || path.startsWith("tidy/");
const layerOf = (path: string): string => path.split("/", 1)[0] ?? "";
const featureOf = (path: string): string | null => /^features\/([^/]+)/.exec(path)?.[1] ?? null;

function wrong(source: Source): string[] {
  const layer = layerOf(source.path);
  const allowed = KNOWS[layer];
  return importsOf(source).flatMap(({ target, own, typeOnly }) => {
    if (!own) return target.startsWith("@tauri-apps/") && layer !== "platform" ? [`${source.path} names ${target}`] : [];
    if (target.includes("bindings.gen") && layer !== "platform") return [`${source.path} names the bindings`];
    const to = layerOf(target);
    if (allowed === undefined || to === layer || allowed.includes(to)) {
      const other = featureOf(target);
      const crosses = layer === "features" && other !== null && other !== featureOf(source.path);
      return crosses ? [`${source.path} knows another feature: ${target}`] : [];
    }
    if (to === "platform" && typeOnly) return [];
    return [`${source.path} (${layer}) knows ${target}`];
  });
}

const files = sources(/\.tsx?$/).filter((source) => !isTest(source.path));

test("every layer knows only those below it, and no feature another", () => {
  expect(files.length).toBeGreaterThan(60);
  expect(files.flatMap(wrong)).toEqual([]);
});

test("only main puts all of it together", () => {
  const outside = files.filter((source) => KNOWS[layerOf(source.path)] === undefined).map((source) => source.path);
  expect(outside).toEqual(["main.tsx"]);
});

describe("the check itself", () => {
  const cases: readonly (readonly [path: string, text: string])[] = [
    ["components/A.tsx", 'import { a } from "../features/b/B";'],
    ["features/a/A.tsx", 'import { B } from "../b/B";'],
    ["features/a/A.tsx", 'import { asAppError } from "../../platform";'],
    ["data/a.ts", 'import { invoke } from "@tauri-apps/api/core";'],
    ["data/a.ts", 'import { commands } from "../platform/tauri/bindings.gen";'],
    ["lib/a.ts", 'const a = await import("../data/runs");'],
  ];
  test.each(cases)("finds what is wrong in %s: %s", (path, text) => {
    expect(wrong({ path, text })).toHaveLength(1);
  });
  test("lets types of the platform pass", () => {
    expect(wrong({ path: "form/a.ts", text: 'import type { Field } from "../platform";' })).toEqual([]);
  });
});

test("the fake platform is no part of what is shipped but by its own door", () => {
  const users = files.filter((source) => !source.path.startsWith("platform/fake/")).filter((source) => importsOf(source).some(({ target }) => target.startsWith("platform/fake")));
  expect(users.map((source) => source.path)).toEqual(["platform/index.ts"]);
});
