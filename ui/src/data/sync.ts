import type { QueryClient, QueryKey } from "@tanstack/react-query";

import type { LibraryChanged, Platform, RunProgressed } from "../platform";
import { drops } from "./drops";
import { keys } from "./keys";
import { live } from "./live";
import { quitAsked } from "./quit";
import { startVoice } from "./voice-live";

/**
 * Says that an answer is out of date. The first load of a query cannot be called back: what changes while it is on its
 * way may be missing in it, so it is asked for once more when it has come.
 */
function refresh(client: QueryClient, queryKey: QueryKey): void {
  const loading = client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" }).filter((query) => query.state.data === undefined);
  void client.invalidateQueries({ queryKey });
  for (const query of loading) {
    const again = (): void => void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    query.promise?.then(again, again);
  }
}

function onLibraryChanged(client: QueryClient, change: LibraryChanged): void {
  refresh(client, keys.runs);
  if (change.run_ids.length === 0) refresh(client, ["run"]);
  for (const id of change.run_ids) refresh(client, keys.run(id));
  if (change.outputs_changed) refresh(client, keys.outputs);
  refresh(client, keys.voiceSessions);
  if (change.run_ids.length === 0) refresh(client, ["voice", "session"]);
  for (const id of change.run_ids) refresh(client, keys.voiceSession(id));
}

function onRunProgressed(client: QueryClient, event: RunProgressed): void {
  const newStatus = live.hear(event);
  // Steps and lines go past the cache; only a new status brings a new line of the timeline.
  if (newStatus) refresh(client, keys.run(event.run_id));
}

/** Keeps the cache true to the core for as long as the window lives. */
export function startSync(platform: Platform, client: QueryClient): () => void {
  const stops = [
    platform.listen("stateChanged", () => {
      refresh(client, keys.app);
      refresh(client, keys.voiceShortcut);
    }),
    platform.listen("quitAsked", (asked) => quitAsked.set(asked)),
    platform.listen("libraryChanged", (change) => onLibraryChanged(client, change)),
    platform.listen("runProgressed", (event) => onRunProgressed(client, event)),
    platform.listen("filesDropped", (dropped) => drops.drop(dropped)),
    platform.listen("dragHovered", (hovered) => drops.hover(hovered)),
    startVoice(platform),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
