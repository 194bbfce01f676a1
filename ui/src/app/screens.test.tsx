import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";

import type { Scenario } from "../platform/fake/fake-platform";
import { expectAccessible } from "../test/axe";
import { openApp } from "../test/render-app";

interface Screen {
  name: string;
  scenario: Scenario;
  address: string;
  /** Words that show that the screen stands. */
  shows: string | RegExp;
}

const SCREENS: readonly Screen[] = [
  { name: "first start", scenario: "first_start", address: "/", shows: "Use the Sandbox" },
  { name: "first start with two accounts", scenario: "environment", address: "/", shows: "Use Wiro project" },
  { name: "models", scenario: "rich", address: "/models", shows: "Upscale" },
  { name: "models, offline", scenario: "offline", address: "/models", shows: "The service cannot be reached" },
  { name: "model with every control", scenario: "rich", address: "/models/sandbox/every-control", shows: "Palette" },
  { name: "model without a form", scenario: "rich", address: "/models/sandbox/mystery", shows: /publishes no form/ },
  { name: "unknown model", scenario: "rich", address: "/models/nobody/nothing", shows: "There is no such model" },
  { name: "runs", scenario: "rich", address: "/runs", shows: "Rain on glass" },
  { name: "runs, empty", scenario: "empty", address: "/runs", shows: "No runs yet" },
  { name: "running run", scenario: "rich", address: "/runs/run-running", shows: "Step 21 of 50 · about 6s left" },
  { name: "unconfirmed run", scenario: "rich", address: "/runs/run-unconfirmed", shows: "We do not know whether this run started" },
  { name: "failed run", scenario: "rich", address: "/runs/run-failed", shows: "The run failed" },
  { name: "refused run", scenario: "rich", address: "/runs/run-refused", shows: "The wallet is too low" },
  { name: "finished run", scenario: "rich", address: "/runs/run-done", shows: "lighthouse-2x.png" },
  { name: "unknown run", scenario: "rich", address: "/runs/nothing", shows: "There is no such run" },
  { name: "library", scenario: "rich", address: "/library", shows: "sandbox/upscale" },
  { name: "library, empty", scenario: "empty", address: "/library", shows: "Your library is empty" },
  { name: "library, offline", scenario: "offline", address: "/library", shows: "The service cannot be reached" },
  { name: "voice", scenario: "rich", address: "/voice", shows: "Earlier sessions" },
  { name: "voice, nothing said yet", scenario: "empty", address: "/voice", shows: "Nothing said yet" },
  { name: "voice, offline", scenario: "offline", address: "/voice", shows: "The service cannot be reached" },
  { name: "voice, before a conversation", scenario: "rich", address: "/voice/with/sandbox/parrot", shows: "Start talking" },
  { name: "voice, before reading aloud", scenario: "rich", address: "/voice/with/sandbox/morse-tts", shows: "0 characters" },
  { name: "voice, before dictating", scenario: "rich", address: "/voice/with/sandbox/morse-stt", shows: "What is written down" },
  { name: "voice with a model that runs with a form", scenario: "rich", address: "/voice/with/sandbox/upscale", shows: "Open its form" },
  { name: "voice, live", scenario: "voice", address: "/voice", shows: "Is there coffee on the way?" },
  { name: "voice sessions", scenario: "rich", address: "/voice/sessions", shows: "44 sessions" },
  { name: "voice sessions, empty", scenario: "empty", address: "/voice/sessions", shows: "Nothing said yet" },
  { name: "voice session", scenario: "rich", address: "/voice/sessions/talk-harbour", shows: "Answered in" },
  { name: "voice session without a word", scenario: "rich", address: "/voice/sessions/talk-silent", shows: "Nothing was said in this session." },
  { name: "unknown voice session", scenario: "rich", address: "/voice/sessions/nothing", shows: "There is no such run" },
  { name: "a model to talk with", scenario: "rich", address: "/models/sandbox/parrot", shows: "Open in Voice" },
  { name: "settings, voice", scenario: "rich", address: "/settings/voice", shows: "Echo cancellation" },
  { name: "settings, accounts", scenario: "accounts", address: "/settings/accounts/studio", shows: "Change address" },
  { name: "settings, no keychain", scenario: "no_keychain", address: "/settings/accounts", shows: "This system has no keychain that works" },
  { name: "settings, library", scenario: "rich", address: "/settings/library", shows: "Free on its disk" },
  { name: "settings, appearance", scenario: "rich", address: "/settings/appearance", shows: "Theme" },
  { name: "settings, network", scenario: "rich", address: "/settings/network", shows: "Proxy" },
  { name: "settings, notifications", scenario: "rich", address: "/settings/notifications", shows: "When a run ends" },
  { name: "settings, about", scenario: "rich", address: "/settings/about", shows: "Unofficial" },
  { name: "settings without a page", scenario: "rich", address: "/settings", shows: "Add a Wiro project" },
  { name: "settings that are none", scenario: "rich", address: "/settings/elsewhere", shows: "Nothing here" },
  { name: "notices", scenario: "notices", address: "/models", shows: /now in \/media\/me/ },
  { name: "a run with results to fetch again", scenario: "rich", address: "/runs/run-again", shows: "Fetch again" },
  { name: "nowhere", scenario: "rich", address: "/elsewhere", shows: "Nothing here" },
];

describe.each(SCREENS)("$name", ({ scenario, address, shows }) => {
  test("shows what it should and is accessible", async () => {
    await openApp(scenario, address);
    expect((await screen.findAllByText(shows)).length).toBeGreaterThan(0);
    await expectAccessible();
  });
});

test.each(["/models", "/runs", "/library", "/models/sandbox/upscale", "/runs/any", "/voice", "/voice/with/sandbox/parrot", "/voice/sessions", "/voice/sessions/any"])("%s says that it is loading", async (address) => {
  const { container } = await openApp("loading", address);
  await waitFor(() => expect(container.querySelector('[aria-busy="true"]')).not.toBeNull());
  await expectAccessible();
});

test("the account menu switches, and its error is told", async () => {
  const { control, user } = await openApp("rich", "/runs");
  const menu = await screen.findByTestId("status-account");
  expect(menu).toHaveAccessibleName("Account: Sandbox");
  control.fail("accountChoose", { code: "auth.rejected", message: "", action: "none", retryable: false, detail: null, field: null });
  await user.click(menu);
  await user.click(await screen.findByRole("menuitemradio", { name: /Wiro project/ }));
  expect(await screen.findByText("The service refused the key")).toBeInTheDocument();
  control.fail("accountChoose", null);
  await user.click(menu);
  await user.click(await screen.findByRole("menuitemradio", { name: /Wiro project/ }));
  await waitFor(() => expect(screen.getByTestId("status-account")).toHaveAccessibleName("Account: Wiro project"));
});

test("an empty wallet leads to the page where it is filled", async () => {
  const { control, user } = await openApp("rich", "/runs/run-refused");
  await user.click(await screen.findByRole("button", { name: "Add funds at Wiro" }));
  expect(control.calls.findLast((call) => call.command === "linkOpen")?.args).toEqual(["billing"]);
});

test("another account has another catalogue", async () => {
  const { control, user } = await openApp("rich", "/models");
  await screen.findByText("248 models");
  const asked = () => control.calls.filter((call) => call.command === "modelList").length;
  const before = asked();
  await user.click(screen.getByTestId("status-account"));
  await user.click(await screen.findByRole("menuitemradio", { name: /Wiro project/ }));
  await waitFor(() => expect(asked()).toBe(before + 1));
});

test("an error can be tried again in place", async () => {
  const { control, user } = await openApp("offline", "/models");
  await screen.findByText("The service cannot be reached");
  control.fail("modelList", null);
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByTestId("model-card-sandbox/upscale")).toBeVisible();
});

test("no error of the start leaves an empty window", async () => {
  const { createFakePlatform } = await import("../platform/fake/fake-platform");
  const { App } = await import("./App");
  const { createQueryClient } = await import("../data/query-client");
  const { render } = await import("@testing-library/react");
  const { platform, control } = createFakePlatform({ scenario: "rich" });
  control.fail("appState", { code: "library.newer", message: "", action: "update_app", retryable: false, detail: "schema 9", field: null });
  render(<App platform={platform} client={createQueryClient()} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("The library is from a newer version");
});
