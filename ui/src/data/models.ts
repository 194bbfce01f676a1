import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";

import type { Answers, AppError, ModelDetail, ModelSummary } from "../platform";
import { keys } from "./keys";
import { type Paged, usePaged } from "./paged";
import { usePlatform } from "./platform-context";

const PAGE = 100;
const FIVE_MINUTES_MS = 300_000;

export function useModels(search: string, category: string | null): Paged<ModelSummary> {
  const platform = usePlatform();
  return usePaged<ModelSummary>({
    size: PAGE,
    scope: `${category ?? ""}/${search}`,
    key: (start) => keys.modelPage(search, category, start),
    load: async (start) => {
      const page = await platform.modelList({ search, category, start, limit: PAGE });
      return { items: page.models, total: page.total };
    },
  });
}

export function useModel(model: string) {
  const platform = usePlatform();
  return useQuery({
    queryKey: keys.model(model),
    queryFn: () => platform.modelShow(model),
    staleTime: FIVE_MINUTES_MS,
  });
}

export function usePrice(model: string, answers: Answers) {
  const platform = usePlatform();
  return useQuery({
    queryKey: keys.price(model, answers),
    queryFn: () => platform.priceEstimate(model, answers),
    // The amount stays while the next one is worked out; it must not blink.
    placeholderData: keepPreviousData,
  });
}

const CANDIDATES = 24;

export interface ModelSearch {
  pending: boolean;
  models: ModelDetail[];
  /** There are models that were not looked at. */
  partial: boolean;
  error: AppError | null;
  retry: () => void;
}

/** Models with their forms, for choosing one by what it takes. */
export function useModelForms(search: string, mayFit: (model: ModelSummary) => boolean): ModelSearch {
  const platform = usePlatform();
  const list = useQuery({
    queryKey: keys.modelPage(search, null, 0),
    queryFn: async () => {
      const page = await platform.modelList({ search, category: null, start: 0, limit: PAGE });
      return { items: page.models, total: page.total };
    },
    placeholderData: keepPreviousData,
  });
  const all = list.data?.items ?? [];
  const likely = all.length <= CANDIDATES ? all : all.filter(mayFit).slice(0, CANDIDATES);
  const forms = useQueries({
    queries: likely.map((summary) => ({
      queryKey: keys.model(summary.model),
      queryFn: () => platform.modelShow(summary.model),
      staleTime: FIVE_MINUTES_MS,
    })),
  });
  return {
    pending: list.isPending || forms.some((form) => form.isPending),
    models: forms.flatMap((form) => (form.data === undefined ? [] : [form.data])),
    partial: likely.length < (list.data?.total ?? 0),
    error: [list, ...forms].find((answer) => answer.data === undefined && answer.error !== null)?.error ?? null,
    retry: () => {
      for (const answer of [list, ...forms]) if (answer.isError) void answer.refetch();
    },
  };
}
