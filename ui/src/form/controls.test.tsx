import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../platform/fake/fake-platform";
import { stagedFile } from "../platform/fake/fake-platform";
import type { Answers } from "../platform";
import { openApp } from "../test/render-app";
import { drafts } from "./drafts";

const EVERY = "/models/sandbox/every-control";

function answers(): Answers {
  return drafts.get()["sandbox/every-control"]?.answers ?? {};
}

async function openForm(): Promise<{ user: Awaited<ReturnType<typeof openApp>>["user"]; control: FakeControl }> {
  const app = await openApp("rich", EVERY);
  await screen.findByTestId("field-title");
  return app;
}

const at = (id: string) => within(screen.getByTestId(`field-${id}`));

test("a required field says what is missing once it was left, or once Run was pressed", async () => {
  const { user } = await openForm();
  const title = at("title").getByRole("textbox", { name: /^Title/ });
  expect(title).toBeRequired();
  expect(at("title").queryByRole("alert")).toBeNull();
  await user.click(title);
  await user.tab();
  expect(at("title").getByRole("alert")).toHaveTextContent("Fill in Title");
  expect(title).toBeInvalid();
  expect(title).toHaveAccessibleDescription("Fill in Title");
  await user.type(title, "Dawn");
  expect(at("title").queryByRole("alert")).toBeNull();
});

test("pressing Run with problems shows all of them, and each leads to its field", async () => {
  const { user, control } = await openForm();
  await user.click(screen.getByTestId("run-button"));
  expect(at("title").getByRole("alert")).toHaveTextContent("Fill in Title");
  expect(control.calls.some((call) => call.command === "runSubmit")).toBe(false);
  await user.click(within(screen.getByTestId("run-reasons")).getByRole("button", { name: "Fill in Title" }));
  expect(at("title").getByRole("textbox")).toHaveFocus();
});

test("a text that was emptied is the empty text, with a default or without", async () => {
  const { user } = await openForm();
  await user.clear(at("prompt").getByRole("textbox"));
  expect(answers()["prompt"]).toEqual({ kind: "text", value: "" });
  await user.type(at("title").getByRole("textbox"), "x{Backspace}");
  expect(answers()["title"]).toEqual({ kind: "text", value: "" });
});

test("a number is kept as it was typed, steps with the arrows and is judged", async () => {
  const { user } = await openForm();
  const seed = at("seed").getByRole("textbox");
  await user.click(seed);
  await user.keyboard("{ArrowUp}");
  expect(seed).toHaveValue("43");
  await user.clear(seed);
  expect(answers()["seed"]).toBeUndefined();
  await user.type(seed, "1000");
  await user.tab();
  expect(at("seed").getByRole("alert")).toHaveTextContent("Seed must be at most 999");
  expect(screen.getByTestId("run-reasons")).toHaveTextContent("Seed must be at most 999");
});

test("a range moves by its slider and by its field, and they agree", async () => {
  const { user } = await openForm();
  const slider = at("strength").getByRole("slider", { name: "Strength" });
  const exact = at("strength").getByRole("textbox", { name: "Strength, exact value" });
  expect(exact).toHaveValue("0.75");
  slider.focus();
  await user.keyboard("{ArrowRight}");
  expect(exact).toHaveValue("0.8");
  expect(answers()["strength"]).toEqual({ kind: "text", value: "0.8" });
  await user.clear(exact);
  await user.type(exact, "0.25");
  expect(slider).toHaveAttribute("aria-valuenow", "0.25");
});

test("a choice among few is a list, among many it is found by typing", async () => {
  const { user } = await openForm();
  await user.click(at("style").getByRole("combobox", { name: "Style" }));
  await user.click(await screen.findByRole("option", { name: "Oil" }));
  expect(answers()["style"]).toEqual({ kind: "text", value: "oil" });

  const language = at("language").getByRole("combobox", { name: "Language" });
  await user.clear(language);
  await user.type(language, "turk");
  await user.click(await screen.findByRole("option", { name: "Turkish" }));
  await waitFor(() => expect(answers()["language"]).toEqual({ kind: "text", value: "turkish" }));
});

test("several choices go out in the order of the form, a switch as a boolean", async () => {
  const { user } = await openForm();
  await user.click(at("moods").getByRole("checkbox", { name: "Playful" }));
  await user.click(at("moods").getByRole("checkbox", { name: "Calm" }));
  expect(answers()["moods"]).toEqual({ kind: "list", values: ["calm", "playful"] });
  await user.click(at("moods").getByRole("checkbox", { name: "Calm" }));
  await user.click(at("moods").getByRole("checkbox", { name: "Playful" }));
  expect(answers()["moods"]).toBeUndefined();
  await user.click(at("enhance").getByRole("switch", { name: "Enhance" }));
  expect(answers()["enhance"]).toEqual({ kind: "text", value: "false" });
});

test("files are picked, ordered, taken out and added by address", async () => {
  const { user, control } = await openForm();
  control.pick([stagedFile("a.jpg"), stagedFile("b.pdf", { content_type: "application/pdf", has_preview: false, width: null, height: null })]);
  await user.click(at("references").getByRole("button", { name: "Choose files" }));
  expect(await at("references").findAllByTestId("file-tile")).toHaveLength(2);
  await user.click(at("references").getByRole("button", { name: "Move b.pdf earlier" }));
  expect(at("references").getAllByTestId("file-tile")[0]).toHaveTextContent("b.pdf");

  await user.click(at("references").getByRole("button", { name: "Add by address" }));
  const address = at("references").getByRole("textbox", { name: "Address of Reference files" });
  await user.type(address, "file:///etc/passwd{Enter}");
  expect(at("references").getByRole("alert")).toHaveTextContent("https://");
  await user.clear(address);
  await user.type(address, "https://example.org/c.png{Enter}");
  expect(answers()["references"]).toEqual({
    kind: "files",
    files: [
      { kind: "staged", id: "staged-b.pdf" },
      { kind: "staged", id: "staged-a.jpg" },
      { kind: "url", url: "https://example.org/c.png" },
    ],
  });
  await user.click(at("references").getByRole("button", { name: "Remove a.jpg" }));
  expect(at("references").getAllByTestId("file-tile")).toHaveLength(2);
  expect(at("references").getByText("2 of 4")).toBeVisible();
});

test("a picked file with a problem is told beside its field", async () => {
  const { user, control } = await openForm();
  control.pick([stagedFile("nothing.png", { problem: "empty" })]);
  await user.click(at("inputImage").getByRole("button", { name: "Choose an image" }));
  expect(await at("inputImage").findByText("nothing.png is empty.")).toBeVisible();
  expect(answers()["inputImage"]).toBeUndefined();
});

test("a type this version does not know is filled in as raw text", async () => {
  const { user } = await openForm();
  expect(screen.getByTestId("field-palette")).toHaveTextContent("does not know inputs of the type “colorpicker”");
  await user.click(at("palette").getByRole("textbox"));
  await user.paste('["#fff"]');
  expect(answers()["palette"]).toEqual({ kind: "text", value: '["#fff"]' });
});

test("a model without a form takes parameters by name", async () => {
  const { user, control } = await openApp("rich", "/models/sandbox/mystery");
  const name = await screen.findByRole("textbox", { name: "Name" });
  await user.type(name, "prompt{Enter}");
  await user.type(screen.getByRole("textbox", { name: "Value of prompt" }), "hello");
  await user.type(name, "prompt{Enter}");
  expect(screen.getByText("There is a parameter with this name already.")).toBeVisible();
  await user.click(screen.getByTestId("run-button"));
  await waitFor(() =>
    expect(control.calls.find((call) => call.command === "runSubmit")?.args[0]).toMatchObject({ answers: { prompt: { kind: "text", value: "hello" } } }),
  );
});

test("the price follows the answers", async () => {
  const { user } = await openApp("rich", "/models/sandbox/upscale");
  expect(await screen.findByText("$0.002")).toBeVisible();
  const scale = await screen.findByRole("textbox", { name: "Scale, exact value" });
  await user.clear(scale);
  await user.type(scale, "4");
  expect(await screen.findByText("$0.008")).toBeVisible();
});
