import { keepPreviousData, type QueryKey, useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { AppError } from "../platform";

export interface Page<Item> {
  items: Item[];
  total: number;
}

export interface Paged<Item> {
  /** Nothing is known yet. */
  pending: boolean;
  /** What is shown answers an earlier question; the answer to this one is on its way. */
  stale: boolean;
  /** The first page could not be had. */
  error: AppError | null;
  /** A later page could not be had; the others stand. */
  partError: AppError | null;
  total: number;
  /** The item at a place; `undefined` while its page is on the way. */
  at: (index: number) => Item | undefined;
  /** Where an item of the pages at hand stands now; -1 when it is on none of them. */
  findIndex: (test: (item: Item) => boolean) => number;
  /** Tells which places are on the screen; only their pages are kept fresh. */
  show: (first: number, last: number) => void;
  retry: () => void;
}

interface PagedOptions<Item> {
  size: number;
  key: (start: number) => QueryKey;
  load: (start: number) => Promise<Page<Item>>;
  /** A change throws the place in the list away, such as a new search. */
  scope: string;
}

/** A long list of which only the visible pages are asked for, so that ten thousand rows cost what a screen costs. */
export function usePaged<Item>({ size, key, load, scope }: PagedOptions<Item>): Paged<Item> {
  const [shown, setShown] = useState({ scope, first: 0, last: 0 });
  const first = shown.scope === scope ? shown.first : 0;
  const last = shown.scope === scope ? shown.last : 0;
  // The first page always takes part: it knows the total. While a search is on its way the last answer stays, so that
  // nothing jumps.
  const head = useQuery({ queryKey: key(0), queryFn: () => load(0), placeholderData: keepPreviousData });
  const starts = Array.from({ length: last - first + 1 }, (_, page) => (first + page) * size).filter((start) => start > 0);
  const rest = useQueries({ queries: starts.map((start) => ({ queryKey: key(start), queryFn: () => load(start) })) });
  const pages = new Map([[0, head.data] as const, ...starts.map((start, index) => [start, rest[index]?.data] as const)]);
  return {
    pending: head.isPending,
    stale: head.isPlaceholderData,
    error: head.data === undefined ? head.error : null,
    partError: rest.find((page) => page.isError && page.data === undefined)?.error ?? null,
    total: head.data?.total ?? 0,
    at: (index) => {
      const start = Math.floor(index / size) * size;
      return pages.get(start)?.items[index - start];
    },
    findIndex: (test) => {
      for (const [start, page] of pages) {
        const place = page?.items.findIndex(test) ?? -1;
        if (place !== -1) return start + place;
      }
      return -1;
    },
    show: (from, to) => {
      const next = { scope, first: Math.floor(from / size), last: Math.floor(to / size) };
      setShown((current) =>
        current.scope === next.scope && current.first === next.first && current.last === next.last ? current : next,
      );
    },
    retry: () => {
      for (const result of [head, ...rest]) if (result.isError) void result.refetch();
    },
  };
}
