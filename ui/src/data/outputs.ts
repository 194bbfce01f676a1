import { useMutation } from "@tanstack/react-query";

import type { OutputSummary } from "../platform";
import { keys } from "./keys";
import { type Paged, usePaged } from "./paged";
import { usePlatform } from "./platform-context";

const PAGE = 200;

export function useOutputs(): Paged<OutputSummary> {
  const platform = usePlatform();
  return usePaged<OutputSummary>({
    size: PAGE,
    scope: "all",
    key: (start) => keys.outputPage(start),
    load: async (start) => {
      const page = await platform.outputList({ run_id: null, start, limit: PAGE });
      return { items: page.outputs, total: page.total };
    },
  });
}

export function useOutputCommands() {
  const platform = usePlatform();
  return {
    reveal: useMutation({ mutationFn: (id: string) => platform.outputReveal(id) }),
    open: useMutation({ mutationFn: (id: string) => platform.outputOpen(id) }),
    /** Fetches a result that could not be had once more; what comes of it is told by event. */
    fetchAgain: useMutation({ mutationFn: (id: string) => platform.outputRetry(id) }),
  };
}

/** Asks the person for files; none when the dialog was closed. */
export function usePickFiles() {
  const platform = usePlatform();
  return useMutation({ mutationFn: (multiple: boolean) => platform.filePick(multiple) });
}
