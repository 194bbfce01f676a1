import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import type { RunDetail, RunSubmission, RunSummary } from "../platform";
import { keys } from "./keys";
import { live } from "./live";
import { type Paged, usePaged } from "./paged";
import { usePlatform } from "./platform-context";

const PAGE = 100;
const STRIP = 20;

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
    queryFn: () => platform.runList({ active_only: true, start: 0, limit: STRIP }),
  });
}

export function useRun(id: string) {
  const platform = usePlatform();
  const query = useQuery({ queryKey: keys.run(id), queryFn: () => platform.runShow(id) });
  const detail = query.data;
  useEffect(() => {
    if (detail !== undefined) live.rebase(id, detail);
  }, [id, detail]);
  return query;
}

export function useSubmitRun() {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (submission: RunSubmission) => platform.runSubmit(submission),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs }),
  });
}

function useRunDecision<Args>(decide: (args: Args) => Promise<RunDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: (detail: RunDetail) => {
      client.setQueryData(keys.run(detail.summary.id), detail);
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
