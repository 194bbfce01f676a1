import { useMutation } from "@tanstack/react-query";

import { createStore, useStore } from "../lib/store";
import type { QuitAsked, QuitChoice } from "../platform";
import { usePlatform } from "./platform-context";

/** The question whether to quit although runs are going on, while it is open. */
export const quitAsked = createStore<QuitAsked | null>(null);

export function useQuit() {
  const platform = usePlatform();
  const asked = useStore(quitAsked);
  const answer = useMutation({
    mutationFn: (choice: QuitChoice) => platform.quitAnswer(choice),
    onSuccess: (_, choice) => {
      // With any other answer the window goes away; until then it shows that it is about to.
      if (choice === "stay") quitAsked.set(null);
    },
  });
  return { asked, answer };
}
