import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Takes in what a command answered. A read that is on its way may have looked before the command and come after it with
 * what was then, so it is asked for once more, which calls that one off.
 */
export function takeAnswer(client: QueryClient, queryKey: QueryKey, answer: unknown): void {
  client.setQueryData(queryKey, answer);
  void client.invalidateQueries({ queryKey, exact: true });
}
