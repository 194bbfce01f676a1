import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { openApp } from "../../test/render-app";

test("an unconfirmed run is explained and can be adopted", async () => {
  const { control, user } = await openApp("rich", "/runs/run-unconfirmed");
  const panel = await screen.findByTestId("unconfirmed-panel");
  expect(panel).toHaveTextContent("never sent again by itself");
  expect(panel).toHaveTextContent("2 tasks on the service fit");
  await user.click(within(panel).getByRole("button", { name: "Task 5340115 is this run" }));
  await waitFor(() => expect(screen.getByTestId("run-state")).toHaveTextContent("Running"));
  expect(control.calls.find((call) => call.command === "runAdopt")?.args).toEqual(["run-unconfirmed", "5340115"]);
  expect(screen.queryByTestId("unconfirmed-panel")).toBeNull();
});

test("saying that it never started is asked twice", async () => {
  const { control, user } = await openApp("rich", "/runs/run-unconfirmed");
  await user.click(await screen.findByRole("button", { name: "It never started" }));
  expect(control.calls.some((call) => call.command === "runDismiss")).toBe(false);
  await user.click(screen.getByRole("button", { name: "Keep looking" }));
  await user.click(screen.getByRole("button", { name: "It never started" }));
  await user.click(screen.getByRole("button", { name: "Yes, it never started" }));
  await waitFor(() => expect(screen.getByTestId("run-state")).toHaveTextContent("Not sent"));
});

test("looking again shows what was found, and an error of the look", async () => {
  const { control, user } = await openApp("rich", "/runs/run-unconfirmed");
  const run = control.runs.find((item) => item.summary.id === "run-unconfirmed");
  if (run !== undefined) run.candidates = [];
  await user.click(await screen.findByRole("button", { name: "Look again" }));
  expect(await screen.findByText(/Nothing found/)).toBeVisible();
  control.fail("runRecheck", { code: "service.fault", message: "", action: "retry", retryable: true, detail: null, field: null });
  await user.click(screen.getByRole("button", { name: "Look again" }));
  expect(await screen.findByText("The service has a fault")).toBeVisible();
});

test("steps and lines arrive without a question to the core", async () => {
  const { control } = await openApp("rich", "/runs/run-running");
  await screen.findByText("Step 21 of 50 · about 6s left");
  const asked = () => control.calls.filter((call) => call.command === "runShow").length;
  const before = asked();
  act(() => {
    for (let step = 22; step <= 40; step += 1) {
      control.emit("runProgressed", {
        run_id: "run-running",
        status: "task_start",
        progress: { task: "Drawing", percentage: step * 2, step, steps: 50, remaining: "2s" },
        log: [{ stream: "stdout", text: `fresh line ${step}` }],
      });
    }
  });
  expect(await screen.findByText("Step 40 of 50 · about 2s left")).toBeVisible();
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "80");
  expect(screen.getByText("139 lines")).toBeVisible();
  expect(asked()).toBe(before);
});

test("a change of state is said to a screen reader, the state a page opened with is not", async () => {
  const { control } = await openApp("rich", "/runs/run-running");
  await screen.findByTestId("run-state");
  expect(screen.getByTestId("live-region").textContent).not.toContain("Pattern");
  const run = control.runs.find((item) => item.summary.id === "run-running");
  if (run !== undefined) run.summary = { ...run.summary, state: "succeeded", finished_at_ms: 1 };
  act(() => control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: false }));
  await waitFor(() => expect(screen.getByTestId("live-region")).toHaveTextContent("Pattern: Done"));
});

test("a run that ends while the person is elsewhere gives a notice with a way to it", async () => {
  const { control, user } = await openApp("rich", "/library");
  await screen.findByText("4 active runs");
  const run = control.runs.find((item) => item.summary.id === "run-running");
  if (run !== undefined) run.summary = { ...run.summary, state: "succeeded", finished_at_ms: 1 };
  act(() => control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: false }));
  expect(await screen.findByText("Pattern is done")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show" }));
  expect(await screen.findByRole("heading", { name: "Pattern" })).toBeVisible();
});

test("an unknown status of the service is shown as it came", async () => {
  const { control } = await openApp("rich", "/runs/run-running");
  const run = control.runs.find((item) => item.summary.id === "run-running");
  if (run !== undefined) run.timeline = [...run.timeline, { status: "task_teleport", at_ms: 5 }];
  act(() => control.emit("libraryChanged", { run_ids: [], outputs_changed: false }));
  expect(await screen.findByText("task_teleport")).toBeVisible();
});
