import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test } from "vitest";

import type { AppState, VoiceEvent } from "../types";
import { tauriPlatform } from "./tauri-platform";

afterEach(clearMocks);

test("a command goes out by its name with its arguments", async () => {
  const calls: unknown[] = [];
  mockIPC((command, args) => {
    calls.push([command, args]);
    return { runs: [], total: 0, active: 0 };
  });
  await tauriPlatform.runList({ active_only: true, start: 0, limit: 5 });
  await tauriPlatform.runAdopt("run", "task");
  await tauriPlatform.runRetry("run", "intent");
  await tauriPlatform.accountRemove("account");
  await tauriPlatform.outputRetry("output");
  expect(calls).toEqual([
    ["run_list", { filter: { active_only: true, start: 0, limit: 5 } }],
    ["run_adopt", { runId: "run", taskId: "task" }],
    ["run_retry", { runId: "run", intentId: "intent" }],
    ["account_remove", { accountId: "account" }],
    ["output_retry", { outputId: "output" }],
  ]);
});

test("an error of the core passes as it is, anything else becomes a fault of the app", async () => {
  const known = { code: "network.offline", message: "m", action: "retry", retryable: true, detail: null, field: null };
  mockIPC(() => {
    throw known;
  });
  await expect(tauriPlatform.appState()).rejects.toEqual(known);
  mockIPC(() => {
    throw new Error("command not found");
  });
  await expect(tauriPlatform.appState()).rejects.toMatchObject({ code: "internal.fault", detail: "command not found" });
});

test("the voice session comes through a channel of its own, until nobody listens", () => {
  let channel: { onmessage: (event: VoiceEvent) => void } | null = null;
  mockIPC((command, args) => {
    expect(command).toBe("voice_listen");
    channel = (args as { events: { onmessage: (event: VoiceEvent) => void } }).events;
    return null;
  });
  const heard: VoiceEvent[] = [];
  const stop = tauriPlatform.voiceListen((event) => heard.push(event));
  const level: VoiceEvent = { kind: "level", input_dbfs: -20, output_dbfs: null };
  channel!.onmessage(level);
  stop();
  channel!.onmessage(level);
  expect(heard).toEqual([level]);
});

test("a media address is made of the base, the face and the escaped id", () => {
  const state = { media_base_url: "http://127.0.0.1:9/secret" } as AppState;
  expect(tauriPlatform.mediaUrl(state, "thumbnail", "a/../b")).toBe("http://127.0.0.1:9/secret/thumbnail/a%2F..%2Fb");
});
