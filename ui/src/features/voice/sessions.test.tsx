import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { openApp } from "../../test/render-app";
import { lineAt } from "./SessionPage";

test("sessions stand in a list, newest first, and each tells what it was", async () => {
  const { user } = await openApp("rich", "/voice");
  await user.click(await screen.findByTestId("voice-all-sessions"));
  const list = await screen.findByTestId("voice-sessions");
  const rows = within(list).getAllByRole("link");
  expect(rows[0]).toHaveTextContent("Good morning. I have half an hour");
  expect(rows[0]).toHaveTextContent("42 s");
  expect(rows[0]).toHaveTextContent("$0.036");
  expect(rows[0]).toHaveTextContent("Recorded");
  expect(rows[3]).toHaveTextContent("Nothing was said");
  await user.click(rows[0]!);
  expect(await screen.findByRole("heading", { name: "Northlight Duplex Mini" })).toBeVisible();
});

test("a session plays from a line, and shows the cost and the waiting of each turn", async () => {
  const { container, user } = await openApp("rich", "/voice/sessions/talk-harbour");
  const table = await screen.findByRole("table", { name: "Turns" });
  expect(within(table).getAllByRole("row")[2]).toHaveTextContent("20.8 s$0.012");
  const audio = container.querySelector("audio")!;
  await user.click(screen.getByRole("button", { name: "Play from 0:22" }));
  expect(audio.currentTime).toBe(22.4);
});

test.each(["srt", "json", "wav"])("a session is saved as %s to a file of the person's own", async (format) => {
  const { control, user } = await openApp("rich", "/voice/sessions/talk-harbour");
  await user.click(await screen.findByTestId(`voice-save-${format}`));
  await waitFor(() => expect(control.calls.findLast((call) => call.command === "voiceSessionExport")?.args).toEqual(["talk-harbour", format]));
  expect((await screen.findAllByText(`/home/me/Documents/talk-harbour.${format}`)).length).toBeGreaterThan(0);
});

test("what keeps a session from being saved is told beside the buttons", async () => {
  const { control, user } = await openApp("rich", "/voice/sessions/talk-harbour");
  await screen.findByTestId("voice-save-srt");
  control.fail("voiceSessionExport", { code: "disk.full", message: "", action: "free_disk_space", retryable: true, detail: null, field: null });
  await user.click(screen.getByTestId("voice-save-srt"));
  expect(await screen.findByText("The disk is full")).toBeVisible();
});

test("without a recording there is no player and no sound to save", async () => {
  await openApp("rich", "/voice/sessions/dictate-letter");
  expect(await screen.findByTestId("voice-save-srt")).toBeVisible();
  expect(screen.queryByTestId("voice-player")).toBeNull();
  expect(screen.queryByTestId("voice-save-wav")).toBeNull();
});

test("the line that is heard is the last that had begun", () => {
  const lines = [0, 5000, 9000].map((at, index) => ({ index, speaker: "model", text: "", at_ms: at, end_ms: at + 1000, turn: 0, is_final: true }) as const);
  expect([null, 0, 4999, 5000, 60_000].map((ms) => lineAt(lines, ms))).toEqual([null, 0, 0, 1, 2]);
});
