import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";

import type { AccountSummary, MediaVariant } from "../platform";
import { keys } from "./keys";
import { usePlatform } from "./platform-context";

export function useAppState() {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.app, queryFn: () => platform.appState() });
}

const CATALOGUE: readonly (readonly unknown[])[] = [keys.models, ["model"], ["price"]];

/**
 * Another account has another catalogue and other prices; the library is shared. An account whose key has come since
 * may now answer what it refused before.
 */
export function useCatalogueOf(account: AccountSummary | null): void {
  const client = useQueryClient();
  const place = account === null ? null : `${account.id} ${account.api_url}`;
  const key = account?.key ?? null;
  const last = useRef({ place, key });
  useEffect(() => {
    const before = last.current;
    last.current = { place, key };
    if (before.place !== place) {
      for (const queryKey of CATALOGUE) void client.resetQueries({ queryKey });
    } else if (before.key !== key) {
      for (const queryKey of CATALOGUE) void client.refetchQueries({ queryKey, predicate: (query) => query.state.status === "error" });
    }
  }, [client, place, key]);
}

export type MediaUrl = (variant: MediaVariant, id: string) => string;

/** Addresses of media; an address exists once the app's state is known. */
export function useMediaUrl(): MediaUrl {
  const platform = usePlatform();
  const state = useAppState().data;
  return useCallback(
    (variant, id) => (state === undefined ? "" : platform.mediaUrl(state, variant, id)),
    [platform, state],
  );
}
