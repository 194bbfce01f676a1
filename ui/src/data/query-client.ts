import { QueryClient } from "@tanstack/react-query";

import type { AppError } from "../platform";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: AppError;
  }
}

/**
 * The cache of what Rust knows. It never polls and never retries: the core does both, and says what changed.
 * `always`: Sandbox and library answer without a network, and WebKit's idea of being offline is not ours.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
