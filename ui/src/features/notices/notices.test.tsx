import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { openApp } from "../../test/render-app";

test("each notice is told in a line and goes when it is dismissed", async () => {
  const { control, user } = await openApp("notices", "/runs");
  const bar = within(await screen.findByTestId("notices"));
  expect(bar.getByTestId("notice-library_rebuilt")).toHaveTextContent("412 runs are there again, 3 files belong to no run. The damaged one is kept in /home/me/Wiro Studio/damaged-2026-08-20.");
  expect(bar.getByTestId("notice-library_not_moved")).toHaveTextContent("There is not enough room");
  expect(bar.getByTestId("notice-library_moved")).toHaveTextContent("/media/me/Archive");
  expect(bar.getByTestId("notice-environment_address")).toHaveTextContent("https://staging.wiro.example.org/v1");
  expect(bar.getByTestId("notice-system_proxy")).toHaveTextContent("proxy.example.org:3128");
  await user.click(bar.getByTestId("notice-dismiss-library_rebuilt"));
  await waitFor(() => expect(screen.queryByTestId("notice-library_rebuilt")).toBeNull());
  expect(control.calls.findLast((call) => call.command === "noticeDismiss")?.args).toEqual(["library_rebuilt"]);
  await user.click(bar.getByRole("link", { name: "Open its settings" }));
  expect(await screen.findByTestId("settings-library")).toBeVisible();
});

test("a notice that comes later is shown, and with the last one the bar goes", async () => {
  const { control, user } = await openApp("rich", "/runs");
  expect(screen.queryByTestId("notices")).toBeNull();
  act(() => control.setState({ notices: [{ kind: "system_proxy", host: "proxy:1" }] }));
  await user.click(await screen.findByTestId("notice-dismiss-system_proxy"));
  await waitFor(() => expect(screen.queryByTestId("notices")).toBeNull());
});
