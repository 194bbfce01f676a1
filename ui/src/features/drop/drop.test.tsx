import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { stagedFile } from "../../platform/fake/fake-platform";
import { expectAccessible } from "../../test/axe";
import { openApp } from "../../test/render-app";

/** Gives each file field a place on the window, one under the other. */
function layFieldsOut(): void {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(function place(this: HTMLElement) {
    const fields = [...document.querySelectorAll("[data-file-field]")];
    const at = fields.indexOf(this);
    return at === -1 ? new DOMRect(0, 0, 0, 0) : new DOMRect(200, 100 + at * 100, 400, 80);
  });
}

test("files held over the window show where they would go", async () => {
  const { control } = await openApp("rich", "/models/sandbox/every-control");
  await screen.findByTestId("field-references");
  layFieldsOut();
  act(() => control.emit("dragHovered", { active: true, x: 300, y: 220, count: 2 }));
  const overlay = await screen.findByTestId("drop-overlay");
  expect(overlay).toHaveTextContent("Drop into “Reference files”");
  expect(overlay).toHaveTextContent("2 files");
  expect(document.querySelector("[data-aimed]")).toHaveAttribute("data-file-field", "references");
  act(() => control.emit("dragHovered", { active: true, x: 300, y: 120, count: 0 }));
  expect(overlay).toHaveTextContent("Drop into “Input image”");
  expect(overlay).toHaveTextContent("2 files");
  act(() => control.emit("dragHovered", { active: false, x: 0, y: 0, count: 0 }));
  await waitFor(() => expect(screen.queryByTestId("drop-overlay")).toBeNull());
  expect(document.querySelector("[data-aimed]")).toBeNull();
});

test("dropped files go into the field under the pointer, a single field gives up what it had", async () => {
  const { control } = await openApp("rich", "/models/sandbox/every-control");
  const single = await screen.findByTestId("field-inputImage");
  const many = screen.getByTestId("field-references");
  layFieldsOut();
  act(() => control.emit("filesDropped", { files: [stagedFile("a.jpg"), stagedFile("b.jpg")], x: 300, y: 220 }));
  expect(within(many).getAllByTestId("file-tile")).toHaveLength(2);
  expect(within(single).queryByTestId("file-tile")).toBeNull();
  act(() => control.emit("filesDropped", { files: [stagedFile("c.jpg")], x: 300, y: 120 }));
  act(() => control.emit("filesDropped", { files: [stagedFile("d.jpg")], x: 300, y: 120 }));
  expect(within(single).getAllByTestId("file-tile")).toHaveLength(1);
  expect(within(single).getByText("d.jpg")).toBeVisible();
});

test("dropped anywhere else on a model page, a file goes into the first field that fits", async () => {
  const { control } = await openApp("rich", "/models/sandbox/upscale");
  const field = await screen.findByTestId("field-inputImage");
  act(() => control.emit("filesDropped", { files: [stagedFile("photo.jpg")], x: 2, y: 2 }));
  expect(within(field).getByText("photo.jpg")).toBeVisible();
  expect(screen.getByTestId("live-region")).toHaveTextContent("1 file added to Input image");
});

test("a file with a problem is explained and never enters the form", async () => {
  const { control } = await openApp("rich", "/models/sandbox/upscale");
  const field = await screen.findByTestId("field-inputImage");
  act(() =>
    control.emit("filesDropped", {
      files: [stagedFile("huge.tiff", { problem: "too_large" }), stagedFile("folder", { problem: "directory" })],
      x: 2,
      y: 2,
    }),
  );
  expect(within(field).getByText("huge.tiff is larger than 100 MB.")).toBeVisible();
  expect(within(field).getByText("folder is a folder. Drop the files inside it.")).toBeVisible();
  expect(within(field).queryByTestId("file-tile")).toBeNull();
  expect(screen.getByTestId("run-button")).toHaveAttribute("aria-disabled", "true");
});

test("too many files for a field are told", async () => {
  const { control } = await openApp("rich", "/models/sandbox/upscale");
  const field = await screen.findByTestId("field-inputImage");
  act(() => control.emit("filesDropped", { files: [stagedFile("a.jpg"), stagedFile("b.jpg")], x: 2, y: 2 }));
  expect(within(field).getAllByTestId("file-tile")).toHaveLength(1);
  expect(within(field).getByText(/Only 1 fit/)).toBeVisible();
});

test("on any other page the files wait in a panel with the models that take them", async () => {
  const { control, user } = await openApp("small", "/runs");
  await screen.findByText("No runs yet");
  act(() => control.emit("filesDropped", { files: [stagedFile("photo.jpg"), stagedFile("old.jpg", { problem: "missing" })], x: 9, y: 9 }));
  const panel = await screen.findByTestId("drop-chooser");
  expect(panel).toHaveTextContent("old.jpg is not there any more.");
  const upscale = await within(panel).findByRole("button", { name: "Use Upscale" });
  expect(within(panel).queryByRole("button", { name: "Use Pattern" })).toBeNull();
  await expectAccessible();
  await user.click(upscale);
  const field = await screen.findByTestId("field-inputImage");
  expect(within(field).getByText("photo.jpg")).toBeVisible();
  expect(within(field).queryByText("old.jpg")).toBeNull();
  expect(screen.queryByTestId("drop-chooser")).toBeNull();
});

test("when no dropped file can be used, the panel says so and closes", async () => {
  const { control, user } = await openApp("small", "/library");
  await screen.findByText("Your library is empty");
  act(() => control.emit("filesDropped", { files: [stagedFile("empty.txt", { problem: "empty" })], x: 9, y: 9 }));
  const panel = await screen.findByTestId("drop-chooser");
  expect(panel).toHaveTextContent("empty.txt is empty.");
  await user.keyboard("{Escape}");
  expect(screen.queryByTestId("drop-chooser")).toBeNull();
});

test("over a form with several places, files that are held beside them aim at none", async () => {
  const { control } = await openApp("rich", "/models/sandbox/every-control");
  await screen.findByTestId("field-references");
  layFieldsOut();
  act(() => control.emit("dragHovered", { active: true, x: 2, y: 2, count: 1 }));
  expect(await screen.findByTestId("drop-overlay")).toHaveTextContent("Drop to add it to the form");
  expect(document.querySelector("[data-aimed]")).toBeNull();
});

test("a drop goes where the hover before it aimed, though the page moved meanwhile", async () => {
  const { control } = await openApp("rich", "/models/sandbox/every-control");
  const many = await screen.findByTestId("field-references");
  layFieldsOut();
  act(() => control.emit("dragHovered", { active: true, x: 300, y: 220, count: 1 }));
  act(() => control.emit("dragHovered", { active: false, x: 0, y: 0, count: 0 }));
  act(() => control.emit("filesDropped", { files: [stagedFile("a.jpg")], x: 300, y: 120 }));
  expect(within(many).getByText("a.jpg")).toBeVisible();
});

test("the chooser tells that models could not be looked at", async () => {
  const { control, user } = await openApp("small", "/runs");
  await screen.findByText("No runs yet");
  control.fail("modelShow", { code: "network.offline", message: "", action: "retry", retryable: true, detail: null, field: null });
  act(() => control.emit("filesDropped", { files: [stagedFile("photo.jpg")], x: 9, y: 9 }));
  const panel = await screen.findByTestId("drop-chooser");
  expect(await within(panel).findByText("The service cannot be reached")).toBeVisible();
  control.fail("modelShow", null);
  await user.click(within(panel).getByRole("button", { name: "Try again" }));
  expect(await within(panel).findByRole("button", { name: "Use Upscale" })).toBeVisible();
});

test("the focus follows a file that is moved, and stays in the field when one is removed", async () => {
  const { control, user } = await openApp("rich", "/models/sandbox/every-control");
  const many = await screen.findByTestId("field-references");
  layFieldsOut();
  act(() => control.emit("filesDropped", { files: [stagedFile("a.jpg"), stagedFile("b.jpg")], x: 300, y: 220 }));
  await user.click(within(many).getByRole("button", { name: "Move a.jpg later" }));
  expect(within(many).getByRole("button", { name: "Move a.jpg earlier" })).toHaveFocus();
  await user.click(within(many).getByRole("button", { name: "Remove a.jpg" }));
  expect(within(many).getByRole("button", { name: "Remove b.jpg" })).toHaveFocus();
  await user.click(within(many).getByRole("button", { name: "Remove b.jpg" }));
  expect(within(many).getByRole("button", { name: /Choose/ })).toHaveFocus();
});
