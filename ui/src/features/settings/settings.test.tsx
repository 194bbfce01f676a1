import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";

import { MOVES } from "../../platform/fake/app";
import type { FakeControl } from "../../platform/fake/fake-platform";
import { error } from "../../platform/fake/shelf";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

beforeEach(() => {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(["en"]);
});

const calls = (control: FakeControl, command: string) => control.calls.filter((call) => call.command === command);

test.each([
  ["library", "Library"],
  ["appearance", "Appearance"],
  ["network", "Network"],
  ["notifications", "Notifications"],
  ["about", "About"],
])("the settings at the end of the sidebar have a page for %s", async (page, title) => {
  const { user } = await openApp("rich", "/models");
  await user.click(await screen.findByTestId("nav-settings"));
  expect(await screen.findByRole("heading", { level: 1, name: "Accounts" })).toHaveFocus();
  await user.click(screen.getByTestId(`settings-nav-${page}`));
  expect(await screen.findByRole("heading", { level: 1, name: title })).toHaveFocus();
  expect(screen.getByTestId(`settings-nav-${page}`)).toHaveAttribute("aria-current", "page");
  expect(screen.getByTestId("nav-settings")).toHaveAttribute("aria-current", "page");
});

test("a theme is in force at once and until another one is chosen", async () => {
  const { control, user } = await openApp("rich", "/settings/appearance");
  const theme = await screen.findByRole("radiogroup", { name: "Theme" });
  expect(document.documentElement).not.toHaveAttribute("data-theme");
  await user.click(within(theme).getByRole("radio", { name: "Dark" }));
  await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "dark"));
  await user.keyboard("{ArrowLeft}");
  await waitFor(() => expect(document.documentElement).toHaveAttribute("data-theme", "light"));
  await user.click(within(theme).getByRole("radio", { name: "System" }));
  await waitFor(() => expect(document.documentElement).not.toHaveAttribute("data-theme"));
  expect(calls(control, "settingsUpdate")[0]?.args).toEqual([{ theme: "dark", language: null, proxy: null, notify_when_done: null, close_to_tray: null, voice: null }]);
});

test("another language is spoken at once, everywhere, and the focus stays", async () => {
  const { user } = await openApp("rich", "/settings/appearance");
  await user.click(await screen.findByRole("radio", { name: "Deutsch" }));
  expect(await screen.findByRole("heading", { level: 1, name: "Aussehen" })).toBeVisible();
  expect(screen.getByTestId("nav-runs")).toHaveTextContent("Läufe");
  expect(screen.getByTestId("status-account")).toHaveAccessibleName("Konto: Sandbox");
  expect(document.documentElement).toHaveAttribute("lang", "de");
  expect(screen.getByRole("radio", { name: "Deutsch" })).toHaveFocus();
  await expectAccessible();
  await user.click(screen.getByRole("radio", { name: "English" }));
  expect(await screen.findByRole("heading", { level: 1, name: "Appearance" })).toBeVisible();
});

test("a setting that cannot be saved stays as it was and says why", async () => {
  const { control, user } = await openApp("rich", "/settings/notifications");
  control.fail("settingsUpdate", error("disk.full", "free_disk_space", null));
  const notify = await screen.findByRole("switch", { name: "When a run ends" });
  await user.click(notify);
  expect(await screen.findByText("The disk is full")).toBeVisible();
  expect(notify).toBeChecked();
});

test("notifications are switched, and the tray only where there is one", async () => {
  const { control, user } = await openApp("rich", "/settings/notifications");
  await user.click(await screen.findByRole("switch", { name: "When a run ends" }));
  await waitFor(() => expect(screen.getByRole("switch", { name: "When a run ends" })).not.toBeChecked());
  await user.click(screen.getByRole("switch", { name: "Keep running in the tray" }));
  await waitFor(() => expect(control.world.state.settings).toMatchObject({ notify_when_done: false, close_to_tray: true }));
  act(() => control.setState({ settings: { ...control.world.state.settings, has_tray: false } }));
  await waitFor(() => expect(screen.queryByRole("switch", { name: "Keep running in the tray" })).toBeNull());
});

test("the library tells its folder, its size and what is free", async () => {
  const { control } = await openApp("rich", "/settings/library");
  const page = await screen.findByTestId("settings-library");
  expect(await within(page).findByTestId("library-dir")).toHaveTextContent("/home/me/Wiro Studio");
  expect(page).toHaveTextContent(`${control.runs.length} runs, 82 results`);
  expect(page).toHaveTextContent("5 GB");
  expect(page).toHaveTextContent("200 GB");
});

test.each([
  ["another disk", MOVES.fits, /5 GB are copied and checked/],
  ["the same disk", MOVES.sameDisk, /takes no time/],
])("the library moves to %s after a look at what that means", async (_, move, says) => {
  const { control, user } = await openApp("rich", "/settings/library");
  control.world.move = move;
  await user.click(await screen.findByTestId("library-move"));
  const plan = await screen.findByTestId("library-move-plan");
  expect(plan).toHaveTextContent(move.to);
  expect(plan).toHaveTextContent(says);
  expect(plan).toHaveTextContent("The app restarts");
  await expectAccessible();
  expect(calls(control, "libraryMove")).toHaveLength(0);
  await user.click(screen.getByTestId("library-move-confirm"));
  expect(await screen.findByText("Restarting…")).toBeVisible();
  expect(calls(control, "libraryMove")).toHaveLength(1);
});

test.each([
  ["too small", MOVES.tooSmall, /not enough room/],
  ["not empty", MOVES.notEmpty, /folder is not empty/],
])("a folder that is %s is no place for the library, and another can be chosen", async (_, move, says) => {
  const { control, user } = await openApp("rich", "/settings/library");
  control.world.move = move;
  await user.click(await screen.findByTestId("library-move"));
  const problem = await screen.findByTestId("library-move-problem");
  expect(problem).toHaveTextContent(says);
  expect(screen.queryByTestId("library-move-confirm")).toBeNull();
  control.world.move = MOVES.fits;
  await user.click(within(problem).getByRole("button", { name: "Choose another folder" }));
  expect(await screen.findByTestId("library-move-plan")).toBeVisible();
});

test("a move that fails says so where it was asked for", async () => {
  const { control, user } = await openApp("rich", "/settings/library");
  await user.click(await screen.findByTestId("library-move"));
  control.fail("libraryMove", { ...error("library.not_moved", "choose_folder", null), message: "Another program uses the library." });
  await user.click(await screen.findByTestId("library-move-confirm"));
  expect(await screen.findByTestId("library-move-problem")).toHaveTextContent("Another program uses the library.");
});

test("closing the folder dialog changes nothing, and a folder from the environment stays", async () => {
  const { control, user } = await openApp("rich", "/settings/library");
  control.world.move = null;
  await user.click(await screen.findByTestId("library-move"));
  await waitFor(() => expect(calls(control, "libraryMovePick")).toHaveLength(1));
  expect(screen.queryByTestId("library-move-plan")).toBeNull();
  control.world.library = { ...control.world.library, is_fixed: true, free_bytes: null };
  await user.click(screen.getByTestId("settings-nav-about"));
  await user.click(screen.getByTestId("settings-nav-library"));
  expect(await screen.findByText(/Given by WIRO_LIBRARY/)).toBeVisible();
  expect(screen.queryByTestId("library-move")).toBeNull();
  expect(screen.getByText("Not known")).toBeVisible();
});

test("a proxy of one's own is tried, its password goes past every cache and can be kept", async () => {
  const { control, user, client } = await openApp("rich", "/settings/network");
  await user.click(await screen.findByTestId("settings-proxy-custom"));
  // Without an address nothing is changed yet.
  expect(calls(control, "settingsUpdate")).toHaveLength(0);
  await user.type(screen.getByTestId("proxy-address"), "nonsense");
  await user.click(screen.getByTestId("proxy-save"));
  const problem = await screen.findByTestId("proxy-error");
  expect(problem).toHaveTextContent("relative URL without a base");
  await user.click(within(problem).getByRole("button", { name: "Check the proxy" }));
  expect(screen.getByTestId("proxy-address")).toHaveFocus();
  await user.clear(screen.getByTestId("proxy-address"));
  await user.type(screen.getByTestId("proxy-address"), "http://proxy.example.org:8080");
  await user.type(screen.getByTestId("proxy-user"), "me");
  await user.type(screen.getByTestId("proxy-password"), "pw-canary");
  await expectAccessible();
  await user.click(screen.getByTestId("proxy-save"));
  expect(await screen.findByText(/One is stored in the keychain/)).toBeVisible();
  expect(screen.getByTestId("proxy-password")).toHaveValue("");
  const kept = JSON.stringify([client.getQueryCache().getAll().map(({ state }) => state), client.getMutationCache().getAll().map(({ state }) => state)]);
  expect(kept).not.toContain("canary");
  await user.click(screen.getByTestId("proxy-save"));
  await waitFor(() => expect(calls(control, "settingsUpdate")).toHaveLength(3));
  expect(calls(control, "settingsUpdate").map((call) => (call.args[0] as { proxy: { password: string | null } }).proxy.password)).toEqual([null, "pw-canary", null]);
});

test("no proxy is one press away", async () => {
  const { control, user } = await openApp("rich", "/settings/network");
  await user.click(await screen.findByTestId("settings-proxy-none"));
  await waitFor(() => expect(control.world.state.settings.proxy.mode).toBe("none"));
  expect(screen.getByRole("radio", { name: "None" })).toBeChecked();
});

test("an error of the proxy leads to its settings", async () => {
  const { control, user, client } = await openApp("rich", "/models");
  control.fail("modelList", { ...error("network.proxy", "check_proxy", "HTTP 407"), message: "The proxy asks for a password." });
  await act(() => client.resetQueries({ queryKey: ["models"] }));
  await user.click(await screen.findByRole("button", { name: "Check the proxy" }));
  expect(await screen.findByTestId("settings-network")).toBeVisible();
});

test("diagnostics are shown before they are copied", async () => {
  const { control, user } = await openApp("rich", "/settings/about");
  await user.click(await screen.findByTestId("diagnostics-show"));
  const text = await screen.findByTestId("diagnostics-text");
  expect(text).toHaveAttribute("readonly");
  expect(text).toHaveTextContent("Wiro Studio 0.1.0");
  await expectAccessible();
  expect(calls(control, "diagnosticsCopy")).toHaveLength(0);
  await user.click(screen.getByTestId("diagnostics-copy"));
  expect(await screen.findByRole("button", { name: "Copied" })).toBeVisible();
  await user.click(screen.getByTestId("logs-reveal"));
  await user.click(screen.getByTestId("link-website"));
  await user.click(screen.getByTestId("link-docs"));
  expect(calls(control, "logsReveal")).toHaveLength(1);
  expect(calls(control, "linkOpen").map((call) => call.args[0])).toEqual(["website", "docs"]);
});
