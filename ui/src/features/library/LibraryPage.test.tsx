import { act, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { output } from "../../platform/fake/shelf";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

test("the viewer turns with the arrow keys and tells size, bytes and model", async () => {
  const { control, user } = await openApp("rich", "/library");
  await user.click(await screen.findByTestId("library-item-run-done-out-1"));
  const viewer = await screen.findByTestId("viewer");
  expect(within(viewer).getByTestId("viewer-size")).toHaveTextContent("3200 × 2400 px");
  expect(viewer).toHaveTextContent("8.5 MB");
  expect(viewer).toHaveTextContent("sandbox/upscale");
  await expectAccessible();
  await user.keyboard("{ArrowRight}");
  expect(await within(viewer).findByText("3 of 82")).toBeVisible();
  await user.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(await within(viewer).findByText("This result is still being saved.")).toBeVisible();
  expect(within(viewer).queryByRole("button", { name: "Open" })).toBeNull();
  await user.keyboard("{ArrowRight}");
  control.fail("outputOpen", { code: "disk.unavailable", message: "", action: "none", retryable: false, detail: "no such file", field: null });
  await user.click(await within(viewer).findByRole("button", { name: "Open" }));
  expect(await within(viewer).findByText("A folder cannot be used")).toBeVisible();
  await user.click(within(viewer).getByRole("button", { name: "Open the run" }));
  expect(await screen.findByRole("heading", { name: "Upscale" })).toBeVisible();
});

test("pending and failed results are shown as what they are", async () => {
  await openApp("rich", "/library");
  const pending = await screen.findByTestId("library-item-run-collecting-out-1");
  expect(pending).toHaveTextContent("Being saved…");
  expect(pending.querySelector("img")).toBeNull();
  expect((await screen.findAllByText("Not saved")).length).toBeGreaterThan(0);
});

test("ten thousand results cost what a screen costs", async () => {
  const { control } = await openApp("huge", "/library");
  const grid = await screen.findByTestId("library-grid");
  const tiles = within(grid).getAllByRole("listitem");
  expect(tiles.length).toBeLessThan(80);
  expect(Number(tiles[0]?.getAttribute("aria-setsize"))).toBeGreaterThan(10_000);
  const asked = control.calls.filter((call) => call.command === "outputList");
  expect(asked).toHaveLength(1);
  act(() => control.emit("libraryChanged", { run_ids: [], outputs_changed: true }));
  await screen.findByTestId("library-grid");
  expect(control.calls.filter((call) => call.command === "outputList").length).toBeLessThanOrEqual(2);
});

test("the picture in the viewer stays when new results arrive", async () => {
  const { control, user } = await openApp("rich", "/library");
  await user.click(await screen.findByTestId("library-item-run-done-out-1"));
  const viewer = await screen.findByTestId("viewer");
  expect(within(viewer).getByText("2 of 82")).toBeVisible();
  const run = control.runs.find((item) => item.summary.id === "run-running");
  if (run !== undefined) run.outputs = [output(run.summary, 1, { label: "new.png" })];
  act(() => control.emit("libraryChanged", { run_ids: [], outputs_changed: true }));
  expect(await within(viewer).findByText("3 of 83")).toBeVisible();
  expect(within(viewer).getByText("lighthouse-2x.png")).toBeVisible();
});
