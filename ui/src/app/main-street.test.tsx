import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { openApp } from "../test/render-app";

test("from the first start to a picture in the library", async () => {
  const { control, user } = await openApp("first_start", "/");
  await user.click(await screen.findByTestId("first-start-sandbox"));

  await user.click(await screen.findByTestId("model-card-sandbox/upscale"));
  const field = await screen.findByTestId("field-inputImage");
  expect(screen.getByTestId("run-reasons")).toHaveTextContent("Add an image to Input image");
  expect(screen.getByTestId("run-button")).toHaveAttribute("aria-disabled", "true");

  await user.click(within(field).getByRole("button", { name: "Choose an image" }));
  expect(await within(field).findByText("lighthouse.jpg")).toBeVisible();
  expect(within(field).getByText("1600 × 1200 · 2.3 MB")).toBeVisible();
  expect(screen.queryByTestId("run-reasons")).toBeNull();

  await user.click(screen.getByTestId("run-button"));
  const panel = await screen.findByTestId("run-panel");
  await waitFor(() => expect(within(panel).getByTestId("run-state")).toHaveTextContent("Done"));
  await user.click(await within(panel).findByTestId("run-output-1"));
  const viewer = await screen.findByTestId("viewer");
  expect(within(viewer).getByTestId("viewer-size")).toHaveTextContent("3200 × 2400 px");
  await user.click(within(viewer).getByRole("button", { name: "Show in folder" }));
  expect(control.calls.filter((call) => call.command === "outputReveal")).toHaveLength(1);
  await user.keyboard("{Escape}");

  await user.click(screen.getByTestId("nav-library"));
  const outputId = control.runs[0]?.outputs[0]?.id ?? "";
  expect(await screen.findByTestId(`library-item-${outputId}`)).toBeVisible();
  await user.click(screen.getByTestId("nav-runs"));
  expect(await screen.findByTestId(`run-row-${control.runs[0]?.summary.id}`)).toHaveTextContent("Done");
});

test("what was filled in goes out, and nothing else", async () => {
  const { control, user } = await openApp("rich", "/models/sandbox/pattern");
  await user.type(await screen.findByRole("textbox", { name: /^Prompt/ }), "dunes");
  await user.click(screen.getByRole("switch", { name: "Tileable" }));
  await user.click(screen.getByTestId("run-button"));
  await waitFor(() => expect(control.calls.some((call) => call.command === "runSubmit")).toBe(true));
  const submitted = control.calls.find((call) => call.command === "runSubmit")?.args[0];
  expect(submitted).toEqual({
    model: "sandbox/pattern",
    intent_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    // The seed was left alone and is a number: it is not in it. A text that was left alone is empty.
    answers: {
      prompt: { kind: "text", value: "dunes" },
      width: { kind: "text", value: "1024" },
      height: { kind: "text", value: "768" },
      negative: { kind: "text", value: "" },
      tile: { kind: "text", value: "true" },
    },
  });
});

test("a double click is one run, and a second press is another", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/slow");
  const submits = () => control.calls.filter((call) => call.command === "runSubmit");
  const button = await screen.findByTestId("run-button");
  await user.dblClick(button);
  await waitFor(() => expect(submits()).toHaveLength(1));
  await screen.findByTestId("run-panel");
  await user.click(button);
  await waitFor(() => expect(submits()).toHaveLength(2));
  const intents = submits().map((call) => (call.args[0] as { intent_id: string }).intent_id);
  expect(new Set(intents).size).toBe(2);
});

test("trying a failed press again keeps its intent, so that it can never become two runs", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/slow");
  control.fail("runSubmit", { code: "network.offline", message: "", action: "retry", retryable: true, detail: "connection refused", field: null });
  await user.click(await screen.findByTestId("run-button"));
  const error = await screen.findByTestId("run-error");
  expect(error).toHaveTextContent("The service cannot be reached");
  control.fail("runSubmit", null);
  await user.click(within(error).getByRole("button", { name: "Try again" }));
  await screen.findByTestId("run-panel");
  const intents = control.calls.filter((call) => call.command === "runSubmit").map((call) => (call.args[0] as { intent_id: string }).intent_id);
  expect(intents).toHaveLength(2);
  expect(new Set(intents).size).toBe(1);
});

test("a draft survives a walk through the app, until it is reset", async () => {
  const { user } = await openApp("small", "/models/sandbox/pattern");
  await user.type(await screen.findByRole("textbox", { name: /^Prompt/ }), "kept");
  await user.click(screen.getByTestId("nav-runs"));
  await screen.findByText("No runs yet");
  await user.click(screen.getByTestId("nav-models"));
  await user.click(await screen.findByTestId("model-card-sandbox/pattern"));
  expect(await screen.findByRole("textbox", { name: /^Prompt/ })).toHaveValue("kept");
  await user.click(screen.getByRole("button", { name: "Reset to defaults" }));
  expect(screen.getByRole("textbox", { name: /^Prompt/ })).toHaveValue("");
});

test("Ctrl+Enter runs, but not while an input method is composing", async () => {
  const { control, user } = await openApp("small", "/models/sandbox/pattern");
  const prompt = await screen.findByRole("textbox", { name: /^Prompt/ });
  await user.type(prompt, "dunes");
  const { fireEvent } = await import("@testing-library/react");
  fireEvent.keyDown(prompt, { key: "Enter", ctrlKey: true, keyCode: 229 });
  expect(control.calls.some((call) => call.command === "runSubmit")).toBe(false);
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(control.calls.some((call) => call.command === "runSubmit")).toBe(true));
});
