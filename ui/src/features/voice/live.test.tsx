import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { FakeControl } from "../../platform/fake/fake-platform";
import type { VoiceControl } from "../../platform";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

function ordered(control: FakeControl): VoiceControl["kind"][] {
  return control.calls.filter((call) => call.command === "voiceControl").map((call) => (call.args[1] as VoiceControl).kind);
}

async function openLive() {
  const opened = await openApp("voice", "/voice");
  await waitFor(() => expect(screen.getByTestId("voice-phase")).toHaveTextContent("Ready"));
  return { ...opened, live: opened.control.world.voice };
}

const space = { key: " ", code: "Space" } as const;

test("a held space bar that repeats is one press and one release", async () => {
  const { control } = await openLive();
  for (let at = 0; at < 6; at += 1) fireEvent.keyDown(document.body, { ...space, repeat: at > 0 });
  await waitFor(() => expect(screen.getByTestId("voice-talk")).toHaveAttribute("aria-pressed", "true"));
  fireEvent.keyUp(document.body, space);
  await waitFor(() => expect(screen.getByTestId("voice-talk")).toHaveAttribute("aria-pressed", "false"));
  expect(ordered(control)).toEqual(["talk_down", "talk_up"]);
});

test("a window that loses the focus lets go, and the key that comes up later does nothing", async () => {
  const { control } = await openLive();
  fireEvent.keyDown(document.body, space);
  fireEvent.blur(window);
  fireEvent.keyUp(document.body, space);
  await waitFor(() => expect(ordered(control)).toEqual(["talk_down", "talk_up"]));
});

test("leaving the page lets go as well", async () => {
  const { control, user } = await openLive();
  fireEvent.keyDown(document.body, space);
  await user.click(screen.getByTestId("nav-runs"));
  await screen.findByTestId("run-list");
  await waitFor(() => expect(ordered(control)).toEqual(["talk_down", "talk_up"]));
});

test("a key that comes up never overtakes itself going down", async () => {
  const { control } = await openLive();
  const release = control.hold("voiceControl");
  fireEvent.keyDown(document.body, space);
  fireEvent.keyUp(document.body, space);
  fireEvent.keyDown(document.body, space);
  await act(async () => undefined);
  expect(ordered(control)).toEqual(["talk_down"]);
  release();
  fireEvent.keyUp(document.body, space);
  await waitFor(() => expect(ordered(control)).toEqual(["talk_down", "talk_up", "talk_down", "talk_up"]));
});

test("the button can be held with a pointer, with Enter, or clicked by whoever holds nothing", async () => {
  const { control, user } = await openLive();
  const button = screen.getByTestId("voice-talk");
  expect(button).toHaveAccessibleName("Hold to talk");
  await user.pointer({ keys: "[MouseLeft>]", target: button });
  fireEvent.keyDown(document.body, space);
  fireEvent.keyUp(document.body, space);
  await user.pointer({ keys: "[/MouseLeft]", target: button });
  await waitFor(() => expect(ordered(control)).toEqual(["talk_down", "talk_up"]));
  fireEvent.keyDown(button, { key: "Enter" });
  fireEvent.keyDown(button, { key: "Enter", repeat: true });
  fireEvent.keyUp(button, { key: "Enter" });
  await waitFor(() => expect(ordered(control)).toEqual(["talk_down", "talk_up", "talk_down", "talk_up"]));
  fireEvent.click(button);
  await waitFor(() => expect(ordered(control).at(-1)).toBe("talk_toggle"));
});

test("the space bar on another button presses that one, and after a click talks again", async () => {
  const { control, user } = await openLive();
  screen.getByTestId("voice-mute").focus();
  await user.keyboard(" ");
  await waitFor(() => expect(ordered(control)).toEqual(["set_muted"]));
  await waitFor(() => expect(screen.getByTestId("voice-mute")).toHaveTextContent("Unmute"));
  expect(screen.getByTestId("voice-hint")).toHaveTextContent("You are muted");
  fireEvent.keyDown(document.body, space);
  fireEvent.keyUp(document.body, space);
  expect(ordered(control)).toEqual(["set_muted"]);
  await user.click(screen.getByTestId("voice-mute"));
  await waitFor(() => expect(screen.getByTestId("voice-mute")).toHaveTextContent("Mute"));
  expect(screen.getByTestId("voice-talk")).toHaveFocus();
  await user.keyboard(" ");
  await waitFor(() => expect(ordered(control)).toEqual(["set_muted", "set_muted", "talk_down", "talk_up"]));
});

const spoken = (): HTMLElement => screen.getByTestId("voice-line-6");

test("both sides appear word by word, are read out once they are whole, and the turn tells its cost", async () => {
  const { user, live } = await openLive();
  const word = (text: string): void => act(() => live.tell({ kind: "transcript", line: { index: 6, speaker: "person", text, at_ms: 44_000, end_ms: 44_500, turn: 3, is_final: false } }));
  word("And");
  await waitFor(() => expect(spoken()).toHaveTextContent(/^0:44YouAnd$/));
  word("And the");
  await waitFor(() => expect(spoken()).toHaveTextContent(/^0:44YouAnd the$/));
  word("And the fish");
  await waitFor(() => expect(spoken()).toHaveTextContent(/^0:44YouAnd the fish$/));
  expect(screen.getByTestId("live-region")).toHaveTextContent("");
  await user.pointer({ keys: "[MouseLeft>]", target: screen.getByTestId("voice-talk") });
  await waitFor(() => expect(screen.getByTestId("voice-line-6")).toHaveTextContent("around the harbour?"));
  await user.pointer({ keys: "[/MouseLeft]", target: screen.getByTestId("voice-talk") });
  await waitFor(() => expect(screen.getByTestId("voice-phase")).toHaveTextContent("Speaking"));
  const answer = await screen.findByTestId("voice-line-7");
  await waitFor(() => expect(answer).toHaveTextContent("With half an hour I would walk"));
  await waitFor(() => expect(screen.getByTestId("voice-line-7")).toHaveTextContent("$0.012 · answered in 0.7 s"));
  await waitFor(() => expect(screen.getByTestId("live-region")).toHaveTextContent(/^Model: With half an hour .* whole bay\.$/));
  expect(screen.getByTestId("voice-transcript")).toHaveAttribute("aria-live", "off");
});

test("cost so far, the limit, the last turn and the waiting are told, and the limit ends the session well", async () => {
  const { control, live } = await openLive();
  const cost = screen.getByTestId("voice-cost");
  expect(cost).toHaveTextContent("Cost so far$0.036 of $0.50");
  expect(within(cost).getByRole("progressbar", { name: "Share of the cost you allowed" })).toHaveAttribute("aria-valuenow", "7");
  expect(cost).toHaveTextContent("Last turn$0.012");
  expect(cost).toHaveTextContent("Answered in0.7 s");
  act(() => live.live()?.end("cost_cap"));
  expect(await screen.findByTestId("voice-ended")).toHaveTextContent("It reached the cost you allowed.");
  expect(screen.getByTestId("voice-line-0")).toBeVisible();
  expect(ordered(control)).toEqual([]);
  await expectAccessible();
});

test("a lost microphone pauses the session, and another one mends it", async () => {
  const { control, user, live } = await openLive();
  act(() => {
    live.devices = { ...live.devices, inputs: [{ id: "monitor", name: "Monitor of speakers", is_default: true, is_monitor: true }, { id: "usb", name: "USB microphone", is_default: false, is_monitor: false }] };
    live.live()?.lose("input");
  });
  const lost = await screen.findByTestId("voice-lost");
  expect(lost).toHaveTextContent("Built-in microphone is gone");
  expect(screen.getByTestId("voice-indicator")).toHaveAttribute("data-open", "false");
  // A monitor is never taken by itself.
  await waitFor(() => expect(within(lost).getByRole("combobox")).toHaveTextContent("The system's"));
  expect(within(lost).getByTestId("voice-lost-use")).toBeDisabled();
  await expectAccessible();
  await user.click(within(lost).getByRole("combobox"));
  await user.click(await screen.findByRole("option", { name: "USB microphone" }));
  await user.click(within(lost).getByTestId("voice-lost-use"));
  await waitFor(() => expect(control.calls.findLast((call) => call.command === "voiceControl")?.args[1]).toEqual({ kind: "use_devices", input: "usb", output: null }));
  await waitFor(() => expect(screen.queryByTestId("voice-lost")).toBeNull());
  expect(screen.getByTestId("voice-phase")).toHaveTextContent("Ready");
});

test("interrupting, pausing and going on are told to the core", async () => {
  const { control, user } = await openLive();
  expect(screen.getByTestId("voice-interrupt")).toBeDisabled();
  await user.click(screen.getByTestId("voice-toggle"));
  await waitFor(() => expect(screen.getByTestId("voice-toggle")).toHaveTextContent("Stop talking"));
  await user.click(screen.getByTestId("voice-toggle"));
  await waitFor(() => expect(screen.getByTestId("voice-interrupt")).toBeEnabled());
  await user.click(screen.getByTestId("voice-interrupt"));
  await waitFor(() => expect(screen.getByTestId("voice-phase")).toHaveTextContent("Ready"));
  await user.click(screen.getByTestId("voice-pause"));
  await user.click(await screen.findByTestId("voice-switch"));
  await screen.findByTestId("voice-talk");
  await user.click(within(screen.getByTestId("voice-mode")).getByRole("radio", { name: "Hands-free" }));
  await waitFor(() => expect(screen.getByTestId("voice-switch")).toHaveAccessibleName("Mute the microphone"));
  expect(ordered(control)).toEqual(["talk_toggle", "talk_toggle", "interrupt", "set_paused", "set_paused", "set_mode"]);
});

test("what goes wrong in a session is told in it, with the core's own words", async () => {
  const { control, live, user } = await openLive();
  act(() => live.live()?.trouble({ code: "voice.connection_lost", message: "", action: "none", retryable: false, detail: "reset by peer", field: null }));
  expect(await screen.findByTestId("voice-trouble")).toHaveTextContent("The connection broke");
  control.fail("voiceControl", { code: "voice.no_session", message: "", action: "none", retryable: false, detail: null, field: null });
  await user.click(screen.getByTestId("voice-mute"));
  expect(await screen.findByTestId("voice-problem")).toHaveTextContent("The session is over");
});

test("on every other page the strip says that the microphone is open, mutes it and ends the session", async () => {
  const { control, user } = await openLive();
  await user.click(screen.getByTestId("nav-models"));
  await screen.findByTestId("model-list");
  const strip = screen.getByTestId("voice-indicator");
  expect(strip).toHaveTextContent("Microphone open");
  await user.click(within(strip).getByRole("button", { name: "Mute" }));
  await waitFor(() => expect(strip).toHaveTextContent("Microphone muted"));
  await user.click(screen.getByTestId("nav-voice"));
  expect(await screen.findByText("Is there coffee on the way?")).toBeVisible();
  await user.click(screen.getByTestId("nav-models"));
  await user.click(screen.getByTestId("voice-strip-end"));
  await waitFor(() => expect(screen.queryByTestId("voice-indicator")).toBeNull());
  expect(await screen.findByText(/the session is over/)).toBeInTheDocument();
  expect(ordered(control)).toEqual(["set_muted", "end"]);
});

test("a long evening stays light: the latest lines are drawn, the others are a press away", async () => {
  const { user, live } = await openLive();
  const text = "An answer that goes on and on, without a pause and without a single line break, ".repeat(8);
  act(() => {
    for (let index = 6; index < 506; index += 1) live.tell({ kind: "transcript", line: { index, speaker: index % 2 === 0 ? "person" : "model", text, at_ms: index * 4000, end_ms: index * 4000 + 3000, turn: Math.floor(index / 2), is_final: true } });
  });
  await waitFor(() => expect(screen.getByTestId("voice-line-505")).toBeVisible());
  expect(screen.queryByTestId("voice-line-300")).toBeNull();
  expect(screen.getByTestId("voice-line-505")).toHaveTextContent("33:40");
  await user.click(screen.getByRole("button", { name: "Show 306 earlier lines" }));
  expect(screen.getByTestId("voice-line-0")).toBeVisible();
});

test("a line speaks the language of the window, also when that changes", async () => {
  const { control } = await openLive();
  expect(screen.getByTestId("voice-line-0")).toHaveTextContent(/^0:01You/);
  act(() => control.setState({ settings: { ...control.world.state.settings, language: "german" } }));
  await waitFor(() => expect(screen.getByTestId("voice-line-0")).toHaveTextContent(/^0:01Du/));
});
