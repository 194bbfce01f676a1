import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import type { AppError, RunSummary } from "../platform";
import { keys } from "./keys";
import { dropRun, noteRun } from "./latest-runs";
import { usePlatform } from "./platform-context";
import { useRunDecision } from "./runs";

export interface Retrying {
  busy: boolean;
  error: AppError | null;
  /** Starts the same again. A press that failed keeps its intent, so that it can never become two runs. */
  send: (onStarted: (run: RunSummary) => void) => void;
}

function useRetry(id: string): Retrying {
  const platform = usePlatform();
  const client = useQueryClient();
  const intent = useRef<string | null>(null);
  const mutationKey = keys.retry(id);
  const { mutate, isPending, error } = useMutation({
    mutationKey,
    mutationFn: (intentId: string) => platform.runRetry(id, intentId),
    onSuccess: (run) => {
      intent.current = null;
      noteRun(run.model, run.id);
      void client.invalidateQueries({ queryKey: keys.runs });
    },
  });
  return {
    busy: isPending,
    error,
    send: (onStarted) => {
      // A second click arrives before React has drawn the first; only the cache itself is in time to stop it.
      if (client.isMutating({ mutationKey, exact: true }) > 0) return;
      intent.current ??= crypto.randomUUID();
      mutate(intent.current, { onSuccess: onStarted });
    },
  };
}

/** What a person can do about a run that was sent, or is about to be. */
export function useRunControl(id: string) {
  const platform = usePlatform();
  const client = useQueryClient();
  return {
    stop: useRunDecision<void>(() => platform.runStop(id)),
    retry: useRetry(id),
    deleteFiles: useRunDecision<void>(() => platform.runDeleteFiles(id)),
    forget: useMutation({
      mutationFn: () => platform.runForget(id),
      onSuccess: () => {
        dropRun(id);
        for (const queryKey of [keys.runs, keys.outputs]) void client.invalidateQueries({ queryKey });
      },
    }),
  };
}
