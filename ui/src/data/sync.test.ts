import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";

import { createFakePlatform } from "../platform/fake/fake-platform";
import { keys } from "./keys";
import { createQueryClient } from "./query-client";
import { startSync } from "./sync";

test("a change that arrives during a first load is not lost", async () => {
  const { platform, control } = createFakePlatform({ scenario: "rich" });
  const client = createQueryClient();
  const stop = startSync(platform, client);
  const release = control.hold("runShow");
  const off = new QueryObserver(client, { queryKey: keys.run("run-running"), queryFn: () => platform.runShow("run-running") }).subscribe(() => undefined);
  const asked = () => control.calls.filter((call) => call.command === "runShow").length;
  expect(asked()).toBe(1);
  control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: false });
  expect(asked()).toBe(1);
  release();
  await vi.waitFor(() => expect(asked()).toBe(2));
  off();
  stop();
});

test("results are asked for again only when results changed", () => {
  const { platform, control } = createFakePlatform({ scenario: "rich" });
  const client = createQueryClient();
  const stop = startSync(platform, client);
  client.setQueryData(keys.outputPage(0), { items: [], total: 0 });
  const stale = () => client.getQueryState(keys.outputPage(0))?.isInvalidated;
  control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: false });
  expect(stale()).toBe(false);
  control.emit("libraryChanged", { run_ids: ["run-running"], outputs_changed: true });
  expect(stale()).toBe(true);
  stop();
});
