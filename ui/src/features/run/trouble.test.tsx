import { act, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../../platform/fake/fake-platform";
import { keychainError } from "../../platform/fake/accounts";
import { error, output } from "../../platform/fake/shelf";
import type { RunDetail } from "../../platform";
import { openApp } from "../../test/render-app";

function change(control: FakeControl, id: string, how: (run: RunDetail) => void): void {
  const run = control.runs.find((item) => item.summary.id === id);
  if (run === undefined) throw new Error(`no run ${id}`);
  how(run);
  act(() => control.emit("libraryChanged", { run_ids: [id], outputs_changed: false }));
}

test("trouble of a running run says that nothing is lost, and leads to no second purchase", async () => {
  const { control } = await openApp("rich", "/runs/run-running");
  await screen.findByRole("progressbar");
  change(control, "run-running", (run) => {
    run.error = error("network.offline", "retry", "dns");
  });
  const note = await screen.findByTestId("run-trouble");
  expect(note).toHaveTextContent("do not start the run a second time");
  expect(note.querySelector("button")).toBeNull();
  expect(screen.queryByRole("progressbar")).toBeNull();
  change(control, "run-running", (run) => {
    run.error = error("auth.missing", "check_credentials", null);
  });
  expect(await screen.findByText("This run belongs to an account that is not connected here")).toBeVisible();
});

test("a key that is missing for a running run is asked for in place, and nothing else is offered", async () => {
  const { control, user } = await openApp("rich", "/runs/run-running");
  await screen.findByRole("progressbar");
  change(control, "run-running", (run) => {
    run.error = keychainError("keychain.locked");
  });
  const note = await screen.findByTestId("run-trouble");
  expect(note).toHaveTextContent("The keychain is locked");
  expect(note).toHaveTextContent("It goes on once its key is here");
  expect(note.querySelectorAll("button")).toHaveLength(1);
  await user.click(screen.getByRole("button", { name: "Ask the keychain again" }));
  expect(control.calls.findLast((call) => call.command === "accountAskKeychain")?.args).toEqual(["sandbox"]);
});

test("a settled run leads back to its model", async () => {
  const { user } = await openApp("rich", "/runs/run-not-sent");
  await user.click(await screen.findByRole("button", { name: "Open the model" }));
  expect(await screen.findByTestId("run-button")).toBeVisible();
});

test("lost results are told, on the page and in the notice", async () => {
  const { control, user } = await openApp("rich", "/library");
  await screen.findByText("4 active runs");
  change(control, "run-running", (run) => {
    run.summary = { ...run.summary, state: "succeeded", finished_at_ms: 1 };
    run.outputs = [output(run.summary, 1, {}), output(run.summary, 2, { state: "failed", problem: "cut off" })];
  });
  expect(await screen.findByText("Pattern is done, but 1 result was lost")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show" }));
  expect(await screen.findByText("1 of 2 results could not be saved.")).toBeVisible();
  expect(screen.queryByText(/All results are in your library/)).toBeNull();
});

test.each([
  ["not_sent", "Pattern was not sent"],
  ["cancelled", "Pattern was cancelled"],
] as const)("a run that ends as %s gives a notice", async (state, words) => {
  const { control } = await openApp("rich", "/library");
  await screen.findByText("4 active runs");
  change(control, "run-running", (run) => {
    run.summary = { ...run.summary, state, finished_at_ms: 1 };
  });
  expect(await screen.findByText(words)).toBeVisible();
});

test("an upload is told while it is sent, and never as a step of the model", async () => {
  const { control } = await openApp("rich", "/runs/run-sending");
  await screen.findByTestId("run-state");
  const progress = { task: "upload", percentage: 40, step: null, steps: null, remaining: null };
  act(() => control.emit("runProgressed", { run_id: "run-sending", status: null, progress, log: [] }));
  expect(await screen.findByText("Uploading")).toBeVisible();
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "40");
  change(control, "run-sending", (run) => {
    run.summary = { ...run.summary, state: "running", status: "task_queue" };
  });
  await waitFor(() => expect(screen.getByTestId("run-state")).toHaveTextContent("Running"));
  expect(screen.queryByText("Uploading")).toBeNull();
  expect(screen.getByRole("progressbar")).not.toHaveAttribute("aria-valuenow");
});

test("a person who gave a run up is told what they decided, not that nothing was charged", async () => {
  const { user } = await openApp("rich", "/runs/run-unconfirmed");
  await user.click(await screen.findByRole("button", { name: "It never started" }));
  await user.click(screen.getByRole("button", { name: "Yes, it never started" }));
  expect(await screen.findByText("You decided that this run never started")).toBeVisible();
  expect(screen.queryByText(/nothing charged/i)).toBeNull();
});

test("the count of active runs opens the list of them, and the filter outlives the page", async () => {
  const { user } = await openApp("rich", "/library");
  await user.click(await screen.findByRole("link", { name: "Show active runs" }));
  expect(await screen.findByRole("button", { name: "Only active", pressed: true })).toBeVisible();
  await user.click(screen.getByTestId("run-row-run-running"));
  const heading = await screen.findByRole("heading", { name: "Pattern" });
  await waitFor(() => expect(heading).toHaveFocus());
  await user.click(screen.getByRole("link", { name: "All runs" }));
  expect(await screen.findByRole("button", { name: "Only active", pressed: true })).toBeVisible();
});
