import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { keychainError, REFUSED_KEYS, OFFLINE_KEY, refusal, WRONG_SECRET } from "../../platform/fake/accounts";
import { expectAccessible } from "../../test/axe";
import { openApp, type OpenApp } from "../../test/render-app";

const KEY = "k-3f9c-canary-key";
const SECRET = "s-77aa-canary-secret";

async function openForm(scenario: "rich" | "no_keychain" = "rich"): Promise<OpenApp> {
  const app = await openApp(scenario, "/settings/accounts");
  await app.user.click(await screen.findByTestId("account-add"));
  await screen.findByTestId("account-form");
  return app;
}

async function enter({ user }: OpenApp, key: string, secret = ""): Promise<void> {
  await user.clear(screen.getByTestId("account-key"));
  await user.type(screen.getByTestId("account-key"), key);
  await user.clear(screen.getByTestId("account-secret"));
  if (secret !== "") await user.type(screen.getByTestId("account-secret"), secret);
  await user.click(screen.getByTestId("account-submit"));
}

const added = ({ control }: OpenApp) => control.calls.filter((call) => call.command === "accountAdd").map((call) => call.args[0]);

test("a project is added with its key and is in use", async () => {
  const app = await openForm();
  expect(screen.getByTestId("account-name")).toHaveFocus();
  await expectAccessible();
  await app.user.clear(screen.getByTestId("account-name"));
  await app.user.type(screen.getByTestId("account-name"), " Studio ");
  await enter(app, ` ${KEY} `, SECRET);
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(added(app)).toEqual([
    { name: "Studio", key: { key: KEY, secret: SECRET }, address: { api_url: null, socket_url: null }, session_only: false, unchecked: false },
  ]);
  expect(screen.getByTestId("status-account")).toHaveAccessibleName("Account: Studio");
  expect(screen.getByText("in use").closest("li")).toHaveTextContent("api.wiro.ai, signed with key and secret");
  expect(screen.getByTestId("account-add")).toHaveFocus();
});

test("the key is nowhere once it was sent, whatever became of it", async () => {
  const app = await openForm();
  const sinks = (): string =>
    [
      JSON.stringify(app.client.getQueryCache().getAll().map(({ queryKey, state }) => [queryKey, state])),
      JSON.stringify(app.client.getMutationCache().getAll().map(({ state }) => state)),
      globalThis.location.href,
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
      // Attributes too: a controlled field would mirror its value there.
      document.documentElement.outerHTML,
    ].join("\n");
  await app.user.type(screen.getByTestId("account-key"), KEY);
  await app.user.type(screen.getByTestId("account-secret"), SECRET);
  expect(sinks()).not.toContain("canary");
  app.control.fail("accountAdd", refusal(REFUSED_KEYS["unknown-key"] ?? ""));
  await app.user.click(screen.getByTestId("account-submit"));
  await screen.findByTestId("account-error");
  expect(sinks()).not.toContain("canary");
  app.control.fail("accountAdd", null);
  const fields = [screen.getByTestId<HTMLInputElement>("account-key"), screen.getByTestId<HTMLInputElement>("account-secret")];
  await app.user.click(screen.getByTestId("account-submit"));
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(sinks()).not.toContain("canary");
  expect(fields.map((field) => field.value)).toEqual(["", ""]);
});

test("what is being typed can be looked at, and only that", async () => {
  const app = await openForm();
  const key = screen.getByTestId("account-key");
  expect(key).toHaveAttribute("type", "password");
  expect(key).toHaveAttribute("autocomplete", "off");
  await app.user.type(key, KEY);
  const [reveal] = screen.getAllByRole("button", { name: "Show what is typed" });
  await app.user.click(reveal!);
  expect(key).toHaveAttribute("type", "text");
  expect(key).toHaveValue(KEY);
});

test.each([
  ["unknown-key", "", /Wiro does not know this key/, "Project authorization is not founded."],
  ["signed-key", "", /This project signs its calls/, "Project requires signature authentication."],
  ["signed-key", WRONG_SECRET, /The secret does not belong to this key/, "Project authorization is not valid."],
  ["other-ip-key", "", /203\.0\.113\.7 is not one of them/, "Requested ip 203.0.113.7 is not allowed."],
])("the key %s with secret “%s” is refused in plain words and the service's own", async (key, secret, plain, own) => {
  const app = await openForm();
  await enter(app, key, secret);
  const note = await screen.findByTestId("account-error");
  expect(note).toHaveTextContent(plain);
  expect(note).toHaveTextContent(own);
  // Whoever must correct a key types it in the field above; no button leads away from it.
  expect(within(note).queryByRole("button")).toBeNull();
  expect(screen.getByTestId("account-key")).toHaveValue(key);
});

test("a wrong clock is told beside a refused signature", async () => {
  const app = await openForm();
  app.control.fail("accountAdd", refusal("Project authorization is not valid.", "The clock of this machine differs by -420 seconds from the service's."));
  await enter(app, KEY, SECRET);
  expect(await screen.findByTestId("account-error")).toHaveTextContent("The clock of this computer is off by 420 seconds");
});

test("nothing is sent before the form makes sense, and the first wrong field has the focus", async () => {
  const app = await openForm();
  await app.user.click(screen.getByTestId("account-submit"));
  expect(screen.getByRole("alert")).toHaveTextContent("Enter the project's API key");
  expect(screen.getByTestId("account-key")).toHaveFocus();
  await app.user.clear(screen.getByTestId("account-name"));
  await app.user.type(screen.getByTestId("account-name"), "SANDBOX");
  await app.user.click(screen.getByTestId("account-submit"));
  expect(screen.getByText("There is an account of this name already")).toBeVisible();
  expect(screen.getByTestId("account-name")).toHaveFocus();
  expect(added(app)).toEqual([]);
});

test("an address of one's own is warned about, judged and sent", async () => {
  const app = await openForm();
  await app.user.click(screen.getByTestId("account-own-address"));
  expect(screen.getByText(/The key will be sent to this address/)).toBeVisible();
  await app.user.type(screen.getByTestId("account-api-url"), "http://wiro.example.org");
  await enter(app, KEY);
  expect(await screen.findByText("The address must begin with https://")).toBeVisible();
  await app.user.clear(screen.getByTestId("account-api-url"));
  await app.user.type(screen.getByTestId("account-api-url"), "https://wiro.example.org/v1");
  await app.user.click(screen.getByTestId("account-submit"));
  await waitFor(() => expect(added(app)).toHaveLength(1));
  expect(added(app)[0]).toMatchObject({ address: { api_url: "https://wiro.example.org/v1", socket_url: null } });
});

test("while the service is asked, the form is busy and sends nothing twice", async () => {
  const app = await openForm();
  const release = app.control.hold("accountAdd");
  await enter(app, KEY);
  expect(screen.getByTestId("account-submit")).toHaveTextContent("Asking the service…");
  expect(screen.getByTestId("account-submit")).toBeDisabled();
  expect(screen.getByTestId("account-form")).toHaveAttribute("aria-busy", "true");
  await app.user.type(screen.getByTestId("account-key"), "{Enter}");
  await act(async () => release());
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(added(app)).toHaveLength(1);
});

test("without a network a key can be added unchecked", async () => {
  const app = await openForm();
  await enter(app, OFFLINE_KEY);
  expect(await screen.findByTestId("account-error")).toHaveTextContent("The service cannot be reached");
  await app.user.click(screen.getByTestId("account-unchecked"));
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(added(app).at(-1)).toMatchObject({ unchecked: true, session_only: false });
});

test("f56 without a keychain the form says what is wrong, asks again, and keeps a key until the app quits only when told to", async () => {
  const app = await openForm("no_keychain");
  const note = await screen.findByTestId("keychain-problem");
  expect(note).toHaveTextContent("This system has no keychain that works");
  expect(note).toHaveTextContent("org.freedesktop.secrets");
  await app.user.click(within(note).getByTestId("account-ask-keychain"));
  expect(app.control.calls.filter((call) => call.command === "keychainState")).toHaveLength(2);
  await app.user.click(within(await screen.findByTestId("keychain-problem")).getByTestId("account-session-only"));
  expect(screen.getByTestId("session-note")).toHaveTextContent("kept only until you quit");
  expect(added(app)).toEqual([]);
  await enter(app, KEY);
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(added(app)).toMatchObject([{ session_only: true }]);
  expect(screen.getAllByText("Key kept only until you quit").length).toBeGreaterThan(1);
});

test.each(["keychain.locked", "keychain.slow", "keychain.unavailable"] as const)("f56 a keychain that fails at the last moment (%s) can be asked again with the same key", async (code) => {
  const app = await openForm();
  app.control.fail("accountAdd", keychainError(code));
  await enter(app, KEY);
  await screen.findByTestId("keychain-problem");
  app.control.fail("accountAdd", null);
  await app.user.click(screen.getByTestId("account-ask-keychain"));
  await waitFor(() => expect(screen.queryByTestId("account-form")).toBeNull());
  expect(added(app).map((account) => (account as { session_only: boolean }).session_only)).toEqual([false, false]);
});

test("f56 a key that could not be read is asked for again, in the list and in the strip", async () => {
  const app = await openApp("no_keychain", "/settings/accounts");
  const note = await screen.findByTestId("account-problem-studio");
  await app.user.click(within(note).getByRole("button", { name: "Ask the keychain again" }));
  expect(await screen.findByTestId("account-problem-studio")).toHaveTextContent("no keychain");
  app.control.world.keychain = null;
  await app.user.click(screen.getByTestId("status-key-problem"));
  await waitFor(() => expect(screen.queryByTestId("account-problem-studio")).toBeNull());
  expect(screen.queryByTestId("status-key-problem")).toBeNull();
});

test("f56 a key that is gone from the keychain is entered anew", async () => {
  const app = await openApp("accounts", "/settings/accounts");
  const note = await screen.findByTestId("account-problem-gone");
  expect(note).toHaveTextContent("The keychain does not have this key any more");
  await app.user.click(within(note).getByRole("button", { name: "Check the account" }));
  await enter(app, KEY);
  await waitFor(() => expect(screen.queryByTestId("account-problem-gone")).toBeNull());
  expect(app.control.calls.find((call) => call.command === "accountUpdate")?.args).toEqual(["gone", { name: null, key: { key: KEY, secret: null }, address: null, session_only: false, unchecked: false }]);
});

test("a key that arrives from the keychain brings what failed without it", async () => {
  const app = await openApp("no_keychain", "/models");
  app.control.fail("modelList", keychainError("keychain.locked"));
  await act(() => app.client.resetQueries({ queryKey: ["models"] }));
  await screen.findByText("The keychain is locked");
  app.control.fail("modelList", null);
  const studio = { ...app.control.world.state.accounts[1]!, key: "ready" as const, key_problem: null };
  act(() => app.control.setState({ account: studio, accounts: [app.control.world.state.accounts[0]!, studio] }));
  expect(await screen.findByTestId("model-card-sandbox/upscale")).toBeVisible();
});

test("an account is tested, renamed, given another address, and removed after a second question", async () => {
  const app = await openApp("accounts", "/settings/accounts/studio");
  const row = within(await screen.findByTestId("account-row-studio"));
  await app.user.click(row.getByTestId("account-test"));
  expect(await row.findByText("The service takes this key.")).toBeVisible();

  await app.user.click(row.getByTestId("account-tool-rename"));
  await app.user.clear(row.getByTestId("account-name"));
  await app.user.type(row.getByTestId("account-name"), "Studio Süd{Enter}");
  expect(await row.findByText("Studio Süd")).toBeVisible();

  await app.user.click(row.getByTestId("account-tool-address"));
  expect(row.getByText(/The key will be sent to this address/)).toBeVisible();
  await app.user.type(row.getByTestId("account-api-url"), "https://elsewhere.example.org/v1");
  await app.user.click(row.getByTestId("account-submit"));
  expect(row.getByRole("alert")).toHaveTextContent("Enter the project's API key");
  await app.user.type(row.getByTestId("account-key"), `${KEY}{Enter}`);
  expect(await row.findByText("elsewhere.example.org, key only")).toBeVisible();
  await expectAccessible();

  await app.user.click(row.getByTestId("account-tool-remove"));
  expect(row.getByTestId("account-remove")).toHaveTextContent("Its runs and results stay in your library");
  await app.user.keyboard("{Escape}");
  expect(row.getByTestId("account-tool-remove")).toHaveFocus();
  await app.user.click(row.getByTestId("account-tool-remove"));
  expect(row.getByRole("button", { name: "Keep it" })).toHaveFocus();
  expect(app.control.calls.some((call) => call.command === "accountRemove")).toBe(false);
  await app.user.click(row.getByTestId("account-remove-yes"));
  // The account in use is gone: the window asks where runs go.
  expect(await screen.findByTestId("first-start")).toBeVisible();
});

test("a test that fails says why and leads to the key", async () => {
  const app = await openApp("accounts", "/settings/accounts/studio");
  app.control.world.refusals.set("studio", refusal("Project authorization is not founded."));
  const row = within(await screen.findByTestId("account-row-studio"));
  await app.user.click(row.getByTestId("account-test"));
  const note = await row.findByTestId("account-test-error");
  expect(note).toHaveTextContent("Wiro does not know this key");
  await app.user.click(within(note).getByRole("button", { name: "Check the account" }));
  expect(row.getByTestId("account-key")).toBeVisible();
});

test("an account with unfinished runs stays, and says why", async () => {
  const app = await openApp("accounts", "/settings/accounts/studio");
  const run = app.control.runs.find((item) => item.summary.state === "running");
  if (run !== undefined) run.summary = { ...run.summary, account_id: "studio" };
  const row = within(await screen.findByTestId("account-row-studio"));
  await app.user.click(row.getByTestId("account-tool-remove"));
  await app.user.click(row.getByTestId("account-remove-yes"));
  expect(await row.findByText(/It still has runs that have not ended/)).toBeVisible();
});

test("the first start takes a project as well", async () => {
  const app = await openApp("first_start", "/");
  await app.user.click(await screen.findByTestId("first-start-project"));
  await expectAccessible();
  await enter(app, "unknown-key");
  expect(await screen.findByTestId("account-error")).toHaveTextContent("Wiro does not know this key");
  await app.user.click(screen.getByTestId("link-new-project"));
  expect(app.control.calls.findLast((call) => call.command === "linkOpen")?.args).toEqual(["new_project"]);
  await enter(app, KEY);
  expect(await screen.findByTestId("nav-models")).toBeVisible();
  expect(screen.getByTestId("status-account")).toHaveAccessibleName("Account: Wiro project");
});

test("the menu of accounts tells what each is and leads to all of them", async () => {
  const { user } = await openApp("accounts", "/models");
  await user.click(await screen.findByTestId("status-account"));
  expect(await screen.findByRole("menuitemradio", { name: /Kunde.*The keychain is locked/ })).toBeVisible();
  expect(screen.getByRole("menuitemradio", { name: /Borrowed laptop.*until you quit/ })).toBeVisible();
  await user.click(screen.getByRole("menuitem", { name: "Manage accounts…" }));
  expect(await screen.findByTestId("settings-accounts")).toBeVisible();
});

test("a refused key leads to the account it belongs to", async () => {
  const { control, user } = await openApp("accounts", "/runs/run-refused");
  const run = control.runs.find((item) => item.summary.id === "run-refused");
  if (run !== undefined) Object.assign(run, { error: refusal("Project authorization is not founded."), summary: { ...run.summary, account_id: "studio" } });
  act(() => control.emit("libraryChanged", { run_ids: ["run-refused"], outputs_changed: false }));
  await user.click(await screen.findByRole("button", { name: "Check the account" }));
  expect(within(await screen.findByTestId("account-row-studio")).getByTestId("account-test")).toBeVisible();
});
