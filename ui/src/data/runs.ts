import { useIsMutating, useMutation, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import type { AppError, RunDetail, RunSubmission, RunSummary } from "../platform";
import { takeAnswer } from "./answers";
import { keys } from "./keys";
import { noteRun } from "./latest-runs";
import { live } from "./live";
import { type Paged, usePaged } from "./paged";
import { usePlatform } from "./platform-context";

const PAGE = 100;
/** How many active runs are watched at a time. */
const ACTIVE = 100;

export function useRuns(activeOnly: boolean): Paged<RunSummary> {
  const platform = usePlatform();
  return usePaged<RunSummary>({
    size: PAGE,
    scope: String(activeOnly),
    key: (start) => keys.runPage(activeOnly, start),
    load: async (start) => {
      const page = await platform.runList({ active_only: activeOnly, start, limit: PAGE });
      return { items: page.runs, total: page.total };
    },
  });
}

export function useActiveRuns() {
  const platform = usePlatform();
  return useQuery({
    queryKey: keys.runActive,
    queryFn: () => platform.runList({ active_only: true, start: 0, limit: ACTIVE }),
  });
}

export function useRun(id: string, enabled = true) {
  const platform = usePlatform();
  const query = useQuery({ queryKey: keys.run(id), queryFn: () => platform.runShow(id), enabled });
  const detail = query.data;
  useEffect(() => {
    if (detail !== undefined) live.rebase(id, detail);
  }, [id, detail]);
  return query;
}

export interface Submitting {
  /** A press is on its way. */
  busy: boolean;
  error: AppError | null;
  /** What was sent last. */
  last: RunSubmission | null;
  /** Sends, unless something is on its way already. */
  send: (submission: RunSubmission) => void;
  reset: () => void;
}

/**
 * Starts runs of a model. A press belongs to the model, not to the page that shows it: whoever leaves the page and comes
 * back finds it still on its way, and cannot send it a second time.
 */
export function useSubmitRun(model: string): Submitting {
  const platform = usePlatform();
  const client = useQueryClient();
  const mutationKey = keys.submit(model);
  const { mutate } = useMutation({
    mutationKey,
    mutationFn: (submission: RunSubmission) => platform.runSubmit(submission),
    onSuccess: (run) => {
      noteRun(model, run.id);
      void client.invalidateQueries({ queryKey: keys.runs });
    },
    gcTime: Number.POSITIVE_INFINITY,
  });
  const last = useMutationState({
    filters: { mutationKey, exact: true },
    select: ({ state }) => ({ error: state.error, variables: (state.variables ?? null) as RunSubmission | null }),
  }).at(-1);
  const reset = (): void => {
    const cache = client.getMutationCache();
    for (const mutation of cache.findAll({ mutationKey, exact: true })) if (mutation.state.status !== "pending") cache.remove(mutation);
  };
  return {
    busy: useIsMutating({ mutationKey, exact: true }) > 0,
    error: last?.error ?? null,
    last: last?.variables ?? null,
    send: (submission) => {
      // A second click arrives before React has drawn the first; only the cache itself is in time to stop it.
      if (client.isMutating({ mutationKey, exact: true }) > 0) return;
      reset();
      mutate(submission);
    },
    reset,
  };
}

/** A command that answers with the run as it is now. */
export function useRunDecision<Args>(decide: (args: Args) => Promise<RunDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: (detail: RunDetail) => {
      takeAnswer(client, keys.run(detail.summary.id), detail);
      return client.invalidateQueries({ queryKey: keys.runs });
    },
  });
}

/** The three things a person can do about a run of which it is not known whether it started. */
export function useUnconfirmed(id: string) {
  const platform = usePlatform();
  return {
    recheck: useRunDecision<void>(() => platform.runRecheck(id)),
    adopt: useRunDecision((taskId: string) => platform.runAdopt(id, taskId)),
    dismiss: useRunDecision<void>(() => platform.runDismiss(id)),
  };
}
