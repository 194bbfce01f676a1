import { act, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { error } from "../../platform/fake/shelf";
import { expectAccessible } from "../../test/axe";
import { openApp, type OpenApp } from "../../test/render-app";

async function asked(active: number, onSandbox: number): Promise<OpenApp> {
  const app = await openApp("rich", "/runs");
  await screen.findByTestId("run-list");
  act(() => app.control.emit("quitAsked", { active, on_sandbox: onSandbox }));
  await screen.findByTestId("quit-panel");
  return app;
}

const answers = ({ control }: OpenApp) => control.calls.filter((call) => call.command === "quitAnswer").map((call) => call.args[0]);

test("f59 keeping the runs on the service is the answer at hand", async () => {
  const app = await asked(3, 1);
  const panel = screen.getByRole("alertdialog", { name: "3 runs are still going" });
  expect(panel).toHaveTextContent("When you open it again, it follows these runs");
  expect(panel).toHaveTextContent("1 of them is on the Sandbox");
  await waitFor(() => expect(screen.getByTestId("quit-keep")).toHaveFocus());
  await expectAccessible();
  await app.user.keyboard("{Enter}");
  expect(await screen.findByText("Quitting…")).toBeVisible();
  expect(screen.getByTestId("quit-stop")).toBeDisabled();
  expect(answers(app)).toEqual(["keep"]);
});

test("f59 the focus stays in the question, and Escape stays in the app", async () => {
  const app = await asked(1, 0);
  await waitFor(() => expect(screen.getByTestId("quit-keep")).toHaveFocus());
  await app.user.tab();
  expect(screen.getByTestId("quit-stop")).toHaveFocus();
  await app.user.tab();
  expect(screen.getByTestId("quit-stay")).toHaveFocus();
  await app.user.tab();
  await waitFor(() => expect(screen.getByTestId("quit-panel")).toContainElement(document.activeElement as HTMLElement));
  await app.user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByTestId("quit-panel")).toBeNull());
  expect(answers(app)).toEqual(["stay"]);
});

test("f59 runs on the Sandbox alone are not said to go on", async () => {
  const app = await asked(2, 2);
  expect(screen.getByTestId("quit-panel")).not.toHaveTextContent("on the service");
  expect(screen.getByTestId("quit-keep")).toHaveTextContent("compute anew next time");
  await app.user.click(screen.getByTestId("quit-stop"));
  expect(await screen.findByText("Stopping…")).toBeVisible();
  expect(answers(app)).toEqual(["stop_runs"]);
});

test("f59 an answer that fails can be given again", async () => {
  const app = await asked(2, 0);
  app.control.fail("quitAnswer", { ...error("network.offline", "retry", null), retryable: true });
  await app.user.click(screen.getByTestId("quit-stop"));
  await screen.findByText("The service cannot be reached");
  app.control.fail("quitAnswer", null);
  await app.user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Stopping…")).toBeVisible();
});

test("the question can be asked again after it was answered with staying", async () => {
  const app = await asked(2, 0);
  await app.user.click(screen.getByTestId("quit-stay"));
  await waitFor(() => expect(screen.queryByTestId("quit-panel")).toBeNull());
  act(() => app.control.emit("quitAsked", { active: 1, on_sandbox: 0 }));
  expect(await screen.findByRole("alertdialog", { name: "1 run is still going" })).toBeVisible();
  expect(screen.getByTestId("quit-keep")).toBeEnabled();
});
