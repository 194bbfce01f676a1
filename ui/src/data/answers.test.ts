import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";

import { takeAnswer } from "./answers";
import { keys } from "./keys";
import { createQueryClient } from "./query-client";

test("what was read before a command is not shown after its answer", async () => {
  const client = createQueryClient();
  const reads: ((found: string) => void)[] = [];
  const shown: (string | undefined)[] = [];
  const queryFn = () => new Promise<string>((resolve) => reads.push(resolve));
  const off = new QueryObserver(client, { queryKey: keys.app, queryFn }).subscribe((result) => shown.push(result.data));
  reads[0]?.("no account");
  await vi.waitFor(() => expect(shown.at(-1)).toBe("no account"));
  void client.invalidateQueries({ queryKey: keys.app });
  expect(reads).toHaveLength(2);
  takeAnswer(client, keys.app, "the account");
  const after = shown.length;
  reads[1]?.("no account");
  reads[2]?.("the account, read again");
  await vi.waitFor(() => expect(shown.at(-1)).toBe("the account, read again"));
  expect(shown.slice(after)).not.toContain("no account");
  off();
});
