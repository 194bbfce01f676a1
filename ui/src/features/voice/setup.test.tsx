import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { VoiceStart } from "../../platform";
import type { FakeControl } from "../../platform/fake/fake-platform";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

function starts(control: FakeControl): VoiceStart[] {
  return control.calls.filter((call) => call.command === "voiceStart").map((call) => call.args[0] as VoiceStart);
}

test("models are sorted by what they do, and each leads to its page", async () => {
  const { user } = await openApp("rich", "/voice");
  expect(await within(await screen.findByTestId("voice-kind-conversation")).findByRole("link", { name: /Parrot/ })).toBeVisible();
  expect(within(screen.getByTestId("voice-kind-read_aloud")).getByRole("link", { name: /Morse speaker/ })).toBeVisible();
  expect(within(screen.getByTestId("voice-kind-dictate")).getByRole("link", { name: /Morse listener/ })).toBeVisible();
  await user.click(screen.getByTestId("voice-model-sandbox/parrot"));
  expect(await screen.findByRole("heading", { name: "Parrot" })).toHaveFocus();
});

test("a conversation from the first press to its place in the library", async () => {
  const { control, user } = await openApp("small", "/voice/with/sandbox/parrot");
  await user.type(await screen.findByTestId("voice-cap"), "0,50");
  await user.click(screen.getByTestId("voice-record"));
  await waitFor(() => expect(screen.getByText(/Ask whoever can be heard/)).toBeVisible());
  await user.dblClick(screen.getByTestId("voice-start"));
  await waitFor(() => expect(screen.getByTestId("voice-phase")).toHaveTextContent("Ready"));
  expect(starts(control)).toEqual([
    {
      model: "sandbox/parrot", answers: { pitch: { kind: "text", value: "4" } }, intent_id: expect.stringMatching(/^[0-9a-f-]{36}$/), input_device: null, output_device: null,
      mode: "hold_to_talk", record: true, cost_cap_usd: "0.50", input_file: null,
    },
  ]);
  expect(control.world.state.settings.voice).toMatchObject({ record: true, cost_cap_usd: "0.50" });
  await user.pointer({ keys: "[MouseLeft>]", target: screen.getByTestId("voice-talk") });
  await waitFor(() => expect(screen.getByTestId("voice-line-0")).toHaveTextContent("around the harbour?"));
  await user.pointer({ keys: "[/MouseLeft]", target: screen.getByTestId("voice-talk") });
  await waitFor(() => expect(screen.getByTestId("voice-cost")).toHaveTextContent("$0.012 of $0.50"));
  await user.click(screen.getByTestId("voice-end"));
  await user.click(await screen.findByTestId("voice-open-session"));
  expect(await screen.findByTestId("voice-player")).toBeVisible();
  expect(screen.getByTestId("voice-line-1")).toHaveTextContent("With half an hour");
  await user.click(screen.getByTestId("nav-voice"));
  expect(await screen.findByText("Earlier sessions")).toBeVisible();
});

test("a press that failed keeps its intent, and one with other choices is another", async () => {
  const { control, user } = await openApp("rich", "/voice/with/sandbox/parrot");
  control.fail("voiceStart", { code: "network.offline", message: "", action: "retry", retryable: true, detail: null, field: null });
  await user.click(await screen.findByTestId("voice-start"));
  await user.click(within(await screen.findByTestId("voice-error")).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(starts(control)).toHaveLength(2));
  await user.click(within(screen.getByTestId("voice-setup-mode")).getByRole("radio", { name: "Hands-free" }));
  await screen.findByText(/A headset works best/);
  control.fail("voiceStart", null);
  await user.click(screen.getByTestId("voice-start"));
  await screen.findByTestId("voice-live");
  const intents = starts(control).map((start) => start.intent_id);
  expect(new Set(intents.slice(0, 2)).size).toBe(1);
  expect(intents[2]).not.toBe(intents[0]);
});

test("without a microphone nothing starts, and the way to mend it is there", async () => {
  const { user } = await openApp("no_microphone", "/voice/with/sandbox/parrot");
  expect(await screen.findByText(/No microphone was found/)).toBeVisible();
  await user.click(screen.getByTestId("voice-start"));
  const error = await screen.findByTestId("voice-error");
  expect(error).toHaveTextContent("There is no microphone");
  expect(error).toHaveTextContent("Nothing was sent or charged");
  await user.click(within(error).getByRole("button", { name: "Choose another device" }));
  expect(within(screen.getByTestId("voice-input")).getByRole("combobox")).toHaveFocus();
  await expectAccessible();
});

test("devices are chosen by id, tried, and what is chosen is kept", async () => {
  const { control, user } = await openApp("rich", "/voice/with/sandbox/parrot");
  const input = await screen.findByTestId("voice-input");
  expect(within(input).getByRole("combobox")).toHaveTextContent("The system's (Built-in microphone)");
  await user.click(screen.getByTestId("voice-test-input"));
  expect(await screen.findByText("You can be heard well.")).toBeVisible();
  await user.click(within(input).getByRole("combobox"));
  await user.click(await screen.findByRole("option", { name: /Monitor of Built-in speakers/ }));
  expect(await screen.findByText(/hears what the speakers play instead/)).toBeVisible();
  await waitFor(() => expect(control.world.state.settings.voice.input_device).toBe("pulse:speakers.monitor"));
  await user.click(screen.getByTestId("voice-test-input"));
  expect(await screen.findByText(/Only silence came/)).toBeVisible();
  await user.click(screen.getByTestId("voice-test-output"));
  expect(await screen.findByText(/Did you hear it/)).toBeVisible();
  expect(control.calls.filter((call) => call.command === "voiceDeviceTest").map((call) => call.args[0])).toEqual([
    { kind: "input", device: null },
    { kind: "input", device: "pulse:speakers.monitor" },
    { kind: "output", device: null },
  ]);
});

test("a device that is chosen and not plugged in says so", async () => {
  const { control } = await openApp("rich", "/voice");
  control.setState({ settings: { ...control.world.state.settings, voice: { ...control.world.state.settings.voice, input_device: "gone" } } });
  globalThis.location.hash = "/voice/with/sandbox/parrot";
  await waitFor(() => expect(within(screen.getByTestId("voice-input")).getByRole("combobox")).toHaveTextContent("not plugged in"));
});

test("a limit that is no amount is told and starts nothing", async () => {
  const { control, user } = await openApp("rich", "/voice/with/sandbox/parrot");
  await user.type(await screen.findByTestId("voice-cap"), "cheap");
  expect(screen.getByText(/Give an amount in dollars/)).toBeVisible();
  expect(screen.getByTestId("voice-start")).toHaveAttribute("aria-disabled", "true");
  await user.click(screen.getByTestId("voice-start"));
  expect(starts(control)).toEqual([]);
});

test("a text is read aloud, paused and stopped, and its sound can be saved", async () => {
  const { control, user } = await openApp("rich", "/voice/with/sandbox/morse-tts");
  await user.click(await screen.findByTestId("voice-start"));
  expect(screen.getByTestId("voice-reasons")).toHaveTextContent("Fill in Text");
  expect(starts(control)).toEqual([]);
  await user.type(screen.getByTestId("voice-text"), "sos sos");
  expect(screen.getByTestId("voice-text-count")).toHaveTextContent("7 characters");
  await user.click(screen.getByTestId("voice-record"));
  await user.click(screen.getByTestId("voice-start"));
  await screen.findByTestId("voice-live");
  expect(starts(control)[0]?.answers["text"]).toEqual({ kind: "text", value: "sos sos" });
  await user.click(await screen.findByTestId("voice-save-wav"));
  expect(await screen.findByText("Saved")).toBeInTheDocument();
  expect(control.calls.findLast((call) => call.command === "voiceSessionExport")?.args[1]).toBe("wav");
});

test("a recording is written down from a file that was dropped, and only from a WAV file", async () => {
  const { control, user } = await openApp("rich", "/voice/with/sandbox/morse-stt");
  await screen.findByTestId("voice-start");
  control.emit("filesDropped", { files: [control.file("note.mp3", { content_type: "audio/mpeg", has_preview: false })], x: 10, y: 10 });
  expect(await screen.findByText(/note.mp3 is not a WAV file/)).toBeVisible();
  expect(screen.getByTestId("voice-reasons")).toHaveTextContent("Choose the file");
  control.pick([control.file("letter.wav", { content_type: "audio/wav", width: null, height: null, has_preview: false })]);
  await user.click(screen.getByTestId("voice-pick"));
  expect(await screen.findByTestId("voice-file")).toHaveTextContent("letter.wav");
  await user.click(screen.getByTestId("voice-start"));
  await waitFor(() => expect(starts(control)[0]).toMatchObject({ input_file: "staged-letter.wav", mode: "hands_free" }));
  expect(await screen.findByTestId("voice-ended")).toHaveTextContent("All was said.");
  await user.click(screen.getByTestId("voice-copy"));
  expect(await navigator.clipboard.readText()).toMatch(/^Good morning\. .* harbour\?$/);
});

test("while a session is live nothing else starts", async () => {
  const { user } = await openApp("voice", "/voice/with/sandbox/morse-tts");
  expect(await screen.findByText(/Another session is going on/)).toBeVisible();
  expect(screen.queryByTestId("voice-start")).toBeNull();
  await user.click(screen.getByRole("link", { name: "Go to it" }));
  expect(await screen.findByTestId("voice-live")).toBeVisible();
});

test("where the talk key cannot work, the window says why and what to do instead", async () => {
  const { control, user } = await openApp("rich", "/voice");
  control.world.voice.shortcut = { state: "unavailable", shortcut: "Ctrl+Alt+Space", reason: "Wayland lets no program listen to keys of other windows." };
  await user.click(await screen.findByTestId("voice-model-sandbox/parrot"));
  const note = await screen.findByTestId("voice-shortcut");
  expect(note).toHaveTextContent("Wayland lets no program");
  expect(note).toHaveTextContent("wiro voice toggle");
  await user.click(within(note).getByRole("button", { name: "Copy the command" }));
  expect(await navigator.clipboard.readText()).toBe("wiro voice toggle");
  await user.click(within(note).getByRole("link", { name: "Change the talk key" }));
  const keys = await screen.findByTestId("settings-voice-keys");
  await user.click(keys);
  await user.keyboard("a");
  await user.keyboard("{Control>}{Alt>}[Space]{/Alt}{/Control}");
  await waitFor(() => expect(control.world.state.settings.voice.talk_shortcut).toBe("Ctrl+Alt+Space"));
  await user.click(await screen.findByTestId("settings-voice-keys-clear"));
  await waitFor(() => expect(control.world.state.settings.voice.talk_shortcut).toBeNull());
});

test("a model to talk with is not run from its page but opened here, with what was filled in", async () => {
  const { user } = await openApp("rich", "/models/sandbox/morse-tts");
  await user.type(await screen.findByRole("textbox", { name: /^Text/ }), "ahoy");
  expect(screen.queryByTestId("run-button")).toBeNull();
  await user.click(screen.getByTestId("voice-door-open"));
  expect(await screen.findByTestId("voice-text")).toHaveValue("ahoy");
});
