import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { openApp } from "../../test/render-app";

test("searching narrows the list, asks once per pause and survives a look at a model", async () => {
  const { control, user } = await openApp("rich");
  await screen.findByText("248 models");
  const asked = () => control.calls.filter((call) => call.command === "modelList").length;
  const before = asked();
  await user.keyboard("/");
  const search = screen.getByTestId("model-search");
  expect(search).toHaveFocus();
  await user.keyboard("upscale");
  await screen.findByText("1 model");
  expect(asked() - before).toBeLessThanOrEqual(2);
  await user.click(screen.getByTestId("model-card-sandbox/upscale"));
  await user.click(await screen.findByRole("link", { name: "All models" }));
  expect(await screen.findByTestId("model-search")).toHaveValue("upscale");

  await user.clear(screen.getByTestId("model-search"));
  await user.type(screen.getByTestId("model-search"), "zzz");
  await screen.findByText("No model fits “zzz”");
  await user.click(screen.getByRole("button", { name: "Show all models" }));
  await screen.findByText("248 models");
});

test("a category filters and can be taken off again", async () => {
  const { user } = await openApp("rich");
  await user.click((await screen.findAllByRole("button", { name: "Text to image" }))[0]!);
  await screen.findByText("41 models");
  await user.click(screen.getByRole("button", { name: "Show all categories" }));
  expect(await screen.findByText("248 models")).toBeVisible();
});

test("only visible rows exist", async () => {
  await openApp("rich");
  await screen.findByText("248 models");
  const rows = screen.getAllByRole("listitem").filter((item) => item.dataset["index"] !== undefined);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.length).toBeLessThan(40);
  expect(rows[0]).toHaveAttribute("aria-setsize", "248");
});

test("the keyboard walks from the search into the list and along it", async () => {
  const { user } = await openApp("rich");
  await screen.findByText("248 models");
  await user.click(screen.getByTestId("model-search"));
  await user.keyboard("{ArrowDown}");
  expect(screen.getByTestId("model-card-sandbox/upscale")).toHaveFocus();
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(screen.getByTestId("model-card-sandbox/pattern")).toHaveFocus());
});

test("a later page that fails is told and can be asked for again, and the place in the list is kept", async () => {
  const { control, user } = await openApp("rich");
  await screen.findByText("248 models");
  control.fail("modelList", { code: "network.offline", message: "", action: "retry", retryable: true, detail: null, field: null });
  const list = screen.getByTestId("model-list");
  list.scrollTop = 150 * 66;
  fireEvent.scroll(list);
  const bar = await screen.findByTestId("retry-bar");
  expect(bar).toHaveTextContent("Part of the list is missing. The service cannot be reached.");
  control.fail("modelList", null);
  await user.click(within(bar).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(screen.queryByTestId("retry-bar")).toBeNull());

  const scrolled = vi.spyOn(Element.prototype, "scrollTo");
  await user.click(screen.getByTestId("nav-runs"));
  await screen.findByTestId("run-list");
  await user.click(screen.getByTestId("nav-models"));
  await screen.findByTestId("model-list");
  expect(scrolled).toHaveBeenCalledWith({ top: 150 * 66 });
});
