import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import type { AppState, MediaVariant } from "../platform";
import { keys } from "./keys";
import { usePlatform } from "./platform-context";

export function useAppState() {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.app, queryFn: () => platform.appState() });
}

export function useChooseAccount() {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (accountId: string) => platform.accountChoose(accountId),
    onSuccess: (state: AppState) => {
      client.setQueryData(keys.app, state);
      // Another account has another catalogue and other prices; the library is shared.
      for (const queryKey of [keys.models, ["model"], ["price"]]) void client.resetQueries({ queryKey });
    },
  });
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
