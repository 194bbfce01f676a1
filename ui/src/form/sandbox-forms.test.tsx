import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../platform/fake/fake-platform";
import { stagedFile } from "../platform/fake/fake-platform";
import type { Answers, RunSubmission } from "../platform";
import { openApp, type OpenApp } from "../test/render-app";

const MODELS = [
  ["combinefileinput", "sandbox/filters", 8],
  ["multifileinput", "sandbox/contact-sheet", 64],
] as const;

async function open(model: string): Promise<OpenApp> {
  const app = await openApp("rich", `/models/${model}`);
  await screen.findByTestId("field-inputImages");
  return app;
}

const images = () => within(screen.getByTestId("field-inputImages"));
const tiles = (): string[] => images().queryAllByTestId("file-tile").map((tile) => tile.textContent);

function drop(control: FakeControl, ...names: string[]): void {
  act(() => control.emit("filesDropped", { files: names.map((name) => stagedFile(name)), x: 2, y: 2 }));
}

async function sent({ control, user }: OpenApp): Promise<Answers> {
  await user.click(screen.getByTestId("run-button"));
  await waitFor(() => expect(control.calls.some((call) => call.command === "runSubmit")).toBe(true));
  const submission = control.calls.find((call) => call.command === "runSubmit")?.args[0] as RunSubmission | undefined;
  return submission?.answers ?? {};
}

test.each(MODELS)("%s: several files are dropped at once, put in order, taken out, and go out in that order", async (_, model) => {
  const app = await open(model);
  expect(screen.getByTestId("run-reasons")).toHaveTextContent("Add an image to Images");
  drop(app.control, "a.jpg", "b.jpg", "c.jpg");
  expect(tiles()).toEqual([expect.stringContaining("a.jpg"), expect.stringContaining("b.jpg"), expect.stringContaining("c.jpg")]);
  await app.user.click(images().getByRole("button", { name: "Move c.jpg earlier" }));
  // The button that moved keeps the focus, so that it can be pressed again.
  expect(images().getByRole("button", { name: "Move c.jpg earlier" })).toHaveFocus();
  await app.user.click(images().getByRole("button", { name: "Move c.jpg earlier" }));
  await app.user.click(images().getByRole("button", { name: "Remove a.jpg" }));
  expect(tiles()).toEqual([expect.stringContaining("c.jpg"), expect.stringContaining("b.jpg")]);
  expect(await sent(app)).toMatchObject({
    inputImages: { kind: "files", files: [{ kind: "staged", id: "staged-c.jpg" }, { kind: "staged", id: "staged-b.jpg" }] },
  });
});

test.each(MODELS)("%s: addresses stand among files and are judged", async (_, model) => {
  const app = await open(model);
  drop(app.control, "a.jpg");
  await app.user.click(images().getByRole("button", { name: "Add by address" }));
  const address = images().getByRole("textbox", { name: "Address of Images" });
  await app.user.type(address, "example.org/b.png{Enter}");
  expect(images().getByRole("alert")).toHaveTextContent("https://");
  await app.user.clear(address);
  await app.user.type(address, "https://example.org/b.png{Enter}");
  expect(tiles()[1]).toContain("https://example.org/b.png");
  expect(await sent(app)).toMatchObject({
    inputImages: { kind: "files", files: [{ kind: "staged", id: "staged-a.jpg" }, { kind: "url", url: "https://example.org/b.png" }] },
  });
});

test.each(MODELS)("%s: no more than fit are taken, and the rest is told", async (_, model, max) => {
  const { control } = await open(model);
  drop(control, ...Array.from({ length: max + 2 }, (__, at) => `picture-${at}.jpg`));
  expect(tiles()).toHaveLength(max);
  expect(images().getByText(`${max} of ${max}`)).toBeVisible();
  expect(images().getByText(`Only ${max} fit; the rest was left out.`)).toBeVisible();
  // A full field offers nothing more to add.
  expect(images().queryByRole("button", { name: "Add more" })).toBeNull();
  expect(images().queryByRole("button", { name: "Add by address" })).toBeNull();
});

test("the select beside the files starts with its default and goes out as its value", async () => {
  const app = await open("sandbox/filters");
  drop(app.control, "a.jpg");
  const filter = screen.getByRole("combobox", { name: "Filter" });
  expect(filter).toHaveTextContent("Grayscale");
  await app.user.click(filter);
  await app.user.click(await screen.findByRole("option", { name: "Sepia" }));
  expect(await sent(app)).toMatchObject({ filter: { kind: "text", value: "sepia" } });
});

test("the range beside the files keeps to whole columns within its bounds", async () => {
  const app = await open("sandbox/contact-sheet");
  drop(app.control, "a.jpg");
  const exact = screen.getByRole("textbox", { name: "Columns, exact value" });
  await app.user.clear(exact);
  await app.user.type(exact, "13");
  await app.user.tab();
  expect(screen.getByTestId("run-reasons")).toHaveTextContent("Columns must be at most 12");
  screen.getByRole("slider", { name: "Columns" }).focus();
  await app.user.keyboard("{Home}{ArrowRight}");
  expect(await sent(app)).toMatchObject({ columns: { kind: "text", value: "2" } });
});
