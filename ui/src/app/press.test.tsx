import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../platform/fake/fake-platform";
import { openApp } from "../test/render-app";

function intents(control: FakeControl): string[] {
  return control.calls.filter((call) => call.command === "runSubmit").map((call) => (call.args[0] as { intent_id: string }).intent_id);
}

/** Lets everything run that was begun: a press reaches the platform a few promises later. */
async function turn(): Promise<void> {
  await act(() => new Promise((resolve) => setTimeout(resolve)));
}

test("a held key is one press", async () => {
  const { control } = await openApp("small", "/models/sandbox/slow");
  const button = await screen.findByTestId("run-button");
  expect(fireEvent.keyDown(button, { key: "Enter", repeat: true })).toBe(false);
  expect(fireEvent.keyDown(button, { key: " ", repeat: true })).toBe(false);
  expect(fireEvent.keyDown(button, { key: "Enter" })).toBe(true);
  fireEvent.keyDown(button, { key: "Enter", ctrlKey: true });
  await screen.findByTestId("run-panel");
  for (let at = 0; at < 5; at += 1) fireEvent.keyDown(button, { key: "Enter", ctrlKey: true, repeat: true });
  await turn();
  expect(intents(control)).toHaveLength(1);
});

test("Ctrl+Enter in the viewer over the page starts nothing", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/slow");
  await user.click(await screen.findByTestId("run-button"));
  await user.click(await screen.findByTestId("run-output-1"));
  const viewer = await screen.findByTestId("viewer");
  fireEvent.keyDown(within(viewer).getByRole("button", { name: "Close" }), { key: "Enter", ctrlKey: true });
  await turn();
  expect(intents(control)).toHaveLength(1);
});

test("Ctrl+Enter in the name of a free parameter adds it and starts nothing", async () => {
  const { control, user } = await openApp("rich", "/models/sandbox/mystery");
  await user.type(await screen.findByRole("textbox", { name: "Name" }), "steps{Control>}{Enter}{/Control}");
  expect(screen.getByRole("textbox", { name: "Value of steps" })).toBeVisible();
  await turn();
  expect(intents(control)).toHaveLength(0);
});

test("leaving the page while it is sent forgets nothing, and cannot buy twice", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/slow");
  const release = control.hold("runSubmit");
  const button = await screen.findByTestId("run-button");
  act(() => {
    button.click();
    button.click();
  });
  await waitFor(() => expect(intents(control)).toHaveLength(1));
  await user.click(screen.getByTestId("nav-runs"));
  await screen.findByText("No runs yet");
  await user.click(screen.getByTestId("nav-models"));
  await user.click(await screen.findByTestId("model-card-sandbox/slow"));
  const again = await screen.findByTestId("run-button");
  expect(again).toHaveTextContent("Sending…");
  await user.click(again);
  expect(intents(control)).toHaveLength(1);
  await user.click(screen.getByTestId("nav-runs"));
  await act(async () => release());
  await screen.findByTestId("run-list");
  await user.click(screen.getByTestId("nav-models"));
  await user.click(await screen.findByTestId("model-card-sandbox/slow"));
  expect(await screen.findByTestId("run-panel")).toBeVisible();
});

test("after an edit, trying again sends what stands there now, as a run of its own", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/pattern");
  const prompt = await screen.findByRole("textbox", { name: /^Prompt/ });
  await user.type(prompt, "dunes");
  control.fail("runSubmit", { code: "network.offline", message: "", action: "retry", retryable: true, detail: null, field: null });
  await user.click(screen.getByTestId("run-button"));
  await screen.findByTestId("run-error");
  control.fail("runSubmit", null);
  await user.type(prompt, " at night");
  await user.click(within(screen.getByTestId("run-error")).getByRole("button", { name: "Try again" }));
  await screen.findByTestId("run-panel");
  expect(new Set(intents(control)).size).toBe(2);
  expect(control.calls.findLast((call) => call.command === "runSubmit")?.args[0]).toMatchObject({ answers: { prompt: { value: "dunes at night" } } });
});
