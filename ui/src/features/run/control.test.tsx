import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../../platform/fake/fake-platform";
import { error } from "../../platform/fake/shelf";
import type { RunDetail } from "../../platform";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

const calls = (control: FakeControl, command: string) => control.calls.filter((call) => call.command === command);

function run(control: FakeControl, id: string): RunDetail {
  const found = control.runs.find((item) => item.summary.id === id);
  if (found === undefined) throw new Error(`no run ${id}`);
  return found;
}

test.each([
  ["run-waiting", "Don't send"],
  ["run-sending", "Don't send"],
  ["run-running", "Kill"],
])("what stopping means is said by where the run stands: %s", async (id, label) => {
  await openApp("rich", `/runs/${id}`);
  expect(await screen.findByTestId("run-stop")).toHaveTextContent(label);
});

test.each([
  ["task_queue", "Cancel"],
  ["task_preprocess_end", "Cancel"],
  ["task_assign", "Kill"],
  ["task_postprocess_start", "Kill"],
])("a run at %s is stopped with %s", async (status, label) => {
  const { control } = await openApp("rich", "/runs/run-running");
  run(control, "run-running").summary = { ...run(control, "run-running").summary, status };
  act(() => control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: false }));
  await waitFor(() => expect(screen.getByTestId("run-stop")).toHaveTextContent(label));
});

test("a stopped run says so until it has ended", async () => {
  const { control, user } = await openApp("rich", "/runs/run-running");
  control.world.stepMs = 60;
  await user.click(await screen.findByTestId("run-stop"));
  expect(await screen.findByText("Stopping…")).toBeVisible();
  expect(screen.getByTestId("run-stop")).toHaveAttribute("aria-disabled", "true");
  await user.click(screen.getByTestId("run-stop"));
  expect(calls(control, "runStop")).toHaveLength(1);
  await waitFor(() => expect(screen.getByTestId("run-state")).toHaveTextContent("Cancelled"));
  expect(screen.queryByTestId("run-stop")).toBeNull();
});

test("f40 a stop that is refused is told and can be tried again", async () => {
  const { control, user } = await openApp("rich", "/runs/run-running");
  control.fail("runStop", { ...error("service.fault", "retry", "HTTP 200"), message: "Task could not be killed: worker gone" });
  await user.click(await screen.findByTestId("run-stop"));
  expect(await screen.findByTestId("run-control-error")).toHaveTextContent("Task could not be killed: worker gone");
  expect(screen.getByTestId("run-stop")).toHaveAttribute("aria-disabled", "false");
});

test("the same again is a new run that leads back to the first, and one press is one run", async () => {
  const { control, user } = await openApp("rich", "/runs/run-done");
  control.fail("runRetry", error("network.offline", "retry", null));
  await user.click(await screen.findByTestId("run-retry"));
  await screen.findByTestId("run-control-error");
  control.fail("runRetry", null);
  await user.dblClick(screen.getByTestId("run-retry"));
  await user.click(await screen.findByTestId("run-repeats"));
  expect(await screen.findByText("lighthouse-2x.png")).toBeVisible();
  const sent = calls(control, "runRetry").map((call) => call.args);
  expect(sent).toHaveLength(2);
  expect(sent[0]).toEqual(sent[1]);
});

test("the service's copies are deleted after a second question, and it is kept in mind when", async () => {
  const { control, user } = await openApp("rich", "/runs/run-done");
  await user.click(await screen.findByTestId("run-delete-files"));
  expect(screen.getByTestId("run-delete-confirm")).toHaveTextContent("What is in your library stays");
  expect(screen.getByRole("button", { name: "Keep it" })).toHaveFocus();
  await expectAccessible();
  expect(calls(control, "runDeleteFiles")).toHaveLength(0);
  await user.click(screen.getByTestId("run-delete-confirm-yes"));
  expect(await screen.findByTestId("run-files-deleted")).toHaveTextContent("2026");
  expect(screen.queryByTestId("run-delete-files")).toBeNull();
});

test("forgetting a run says how much goes with it, and leads back to the list", async () => {
  const { control, user } = await openApp("rich", "/runs/run-done");
  await user.click(await screen.findByTestId("run-forget"));
  expect(screen.getByTestId("run-forget-confirm")).toHaveTextContent("1 result is removed from disk");
  await user.keyboard("{Escape}");
  expect(screen.queryByTestId("run-forget-confirm")).toBeNull();
  await waitFor(() => expect(screen.getByTestId("run-forget")).toHaveFocus());
  await user.click(screen.getByTestId("run-forget"));
  await user.click(screen.getByTestId("run-forget-confirm-yes"));
  await screen.findByTestId("run-list");
  await waitFor(() => expect(screen.queryByTestId("run-row-run-done")).toBeNull());
  expect(calls(control, "runForget").map((call) => call.args)).toEqual([["run-done"]]);
});

test("f39 a run that goes on can be forgotten, and what that costs is said", async () => {
  const { user } = await openApp("rich", "/runs/run-running");
  await user.click(await screen.findByTestId("run-forget"));
  expect(screen.getByTestId("run-forget-confirm")).toHaveTextContent("The service goes on with it and charges it");
});

test("a forgotten run leaves the page of its model", async () => {
  const { user } = await openApp("small", "/models/sandbox/slow");
  await user.click(await screen.findByTestId("run-button"));
  const panel = await screen.findByTestId("run-panel");
  await waitFor(() => expect(within(panel).getByTestId("run-state")).toHaveTextContent("Done"));
  await user.click(within(panel).getByTestId("run-forget"));
  await user.click(screen.getByTestId("run-forget-confirm-yes"));
  await waitFor(() => expect(screen.queryByTestId("run-panel")).toBeNull());
  expect(screen.getByText("The result appears here")).toBeVisible();
});

test("a result that could not be saved is fetched again, beside it and in the viewer", async () => {
  const { control, user } = await openApp("rich", "/runs/run-again");
  await user.click(await screen.findByTestId("run-output-fetch-2"));
  await waitFor(() => expect(screen.getByTestId("run-output-2")).toHaveAttribute("data-state", "published"));
  expect(calls(control, "outputRetry").map((call) => call.args)).toEqual([["run-again-out-2"]]);
});

test("a result that cannot be fetched again says so in the viewer", async () => {
  const { control, user } = await openApp("rich", "/runs/run-again");
  control.fail("outputRetry", { ...error("output.unavailable", "none", null), message: "gone" });
  await user.click(await screen.findByTestId("run-output-2"));
  await user.click(await screen.findByTestId("viewer-fetch"));
  expect(await within(screen.getByTestId("viewer")).findByText("A result could not be saved")).toBeVisible();
});

test("a run that waits for a slot says how many there are, and nothing that sounds like trouble", async () => {
  await openApp("rich", "/runs/run-waiting");
  const note = await screen.findByTestId("run-trouble");
  expect(note).toHaveTextContent("Your balance of $50.00 allows 5 runs at a time. This one waits; nothing was charged.");
  expect(note).toHaveAttribute("role", "status");
});

test("the menu of a row offers what the run allows and asks in the row", async () => {
  const { control, user } = await openApp("rich", "/runs");
  await user.click(await screen.findByTestId("run-menu-run-done"));
  expect(await screen.findByRole("menuitem", { name: "Run again" })).toBeVisible();
  expect(screen.queryByRole("menuitem", { name: "Kill" })).toBeNull();
  await expectAccessible();
  await user.click(screen.getByRole("menuitem", { name: "Forget" }));
  const confirm = await screen.findByTestId("run-forget-confirm");
  await waitFor(() => expect(within(confirm).getByRole("button", { name: "Keep it" })).toHaveFocus());
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.getByTestId("run-menu-run-done")).toHaveFocus());
  await user.click(screen.getByTestId("run-menu-run-done"));
  await user.click(await screen.findByRole("menuitem", { name: "Forget" }));
  await user.click(await screen.findByTestId("run-forget-confirm-yes"));
  await waitFor(() => expect(screen.queryByTestId("run-row-run-done")).toBeNull());
  expect(new Set(calls(control, "runShow").map((call) => call.args[0]))).toEqual(new Set(["run-done"]));
});

test("the menu of a row stops and starts again, and errors become notices", async () => {
  const { control, user } = await openApp("rich", "/runs");
  control.fail("runStop", { ...error("network.offline", "retry", null), retryable: true });
  await user.click(await screen.findByTestId("run-menu-run-running"));
  await user.click(await screen.findByRole("menuitem", { name: "Kill" }));
  expect(await screen.findByText("The service cannot be reached")).toBeInTheDocument();
  await user.click(screen.getByTestId("run-menu-run-cancelled"));
  await user.click(await screen.findByRole("menuitem", { name: "Run again" }));
  expect(await screen.findByText("The run was started again")).toBeInTheDocument();
});
