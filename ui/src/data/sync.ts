import type { QueryClient } from "@tanstack/react-query";

import type { LibraryChanged, Platform, RunProgressed } from "../platform";
import { drops } from "./drops";
import { keys } from "./keys";
import { live } from "./live";

function onLibraryChanged(client: QueryClient, change: LibraryChanged): void {
  void client.invalidateQueries({ queryKey: keys.runs });
  if (change.run_ids.length === 0) void client.invalidateQueries({ queryKey: ["run"] });
  for (const id of change.run_ids) void client.invalidateQueries({ queryKey: keys.run(id) });
  // Results that are only known, or have failed, show in the library too: any change of a run may change it. Only what
  // is on the screen is asked for again.
  void client.invalidateQueries({ queryKey: keys.outputs });
}

function onRunProgressed(client: QueryClient, event: RunProgressed): void {
  const newStatus = live.hear(event);
  // Steps and lines go past the cache; only a new status brings a new line of the timeline.
  if (newStatus) void client.invalidateQueries({ queryKey: keys.run(event.run_id) });
}

/** Keeps the cache true to the core for as long as the window lives. */
export function startSync(platform: Platform, client: QueryClient): () => void {
  const stops = [
    platform.listen("libraryChanged", (change) => onLibraryChanged(client, change)),
    platform.listen("runProgressed", (event) => onRunProgressed(client, event)),
    platform.listen("filesDropped", (dropped) => drops.drop(dropped)),
    platform.listen("dragHovered", (hovered) => drops.hover(hovered)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
