import axe from "axe-core";
import { expect } from "vitest";

/** What axe finds wrong, in words. Contrast needs a layout and is computed from the tokens elsewhere. */
export async function expectAccessible(root: Element = document.body): Promise<void> {
  const result = await axe.run(root, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
    resultTypes: ["violations"],
  });
  const found = result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${violation.help}\n  ${node.html.slice(0, 200)}`),
  );
  expect(found).toEqual([]);
}
