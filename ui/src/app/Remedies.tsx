import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useLocation } from "wouter";

import { type AppRemedies, RemediesContext } from "../components/Feedback";
import { notify } from "../components/Toaster";
import { takeAnswer } from "../data/answers";
import { useAppState } from "../data/app-state";
import { keys } from "../data/keys";
import { usePlatform } from "../data/platform-context";
import { readError } from "../lib/errors";
import { paths } from "../lib/paths";
import type { AppError } from "../platform";

function tell(error: AppError): void {
  const { title, body } = readError(error);
  notify({ title, body });
}

/** What every error note below can lead to. */
export function Remedies({ children }: { children: ReactNode }) {
  const platform = usePlatform();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const current = useAppState().data?.account?.id ?? null;
  const { mutate: openBilling } = useMutation({ mutationFn: () => platform.linkOpen("billing"), onError: tell });
  const { mutate: ask } = useMutation({
    mutationFn: ({ accountId }: { accountId: string; onReady: () => void }) => platform.accountAskKeychain(accountId),
    onSuccess: (state, { onReady }) => {
      takeAnswer(client, keys.app, state);
      onReady();
    },
    onError: tell,
  });
  const remedies = useMemo<AppRemedies>(
    () => ({
      checkAccount: (accountId) => navigate(paths.settings("accounts", accountId ?? current ?? undefined)),
      checkProxy: () => navigate(paths.settings("network")),
      addFunds: () => openBilling(),
      askKeychain: (accountId, onReady) => {
        const asked = accountId ?? current;
        if (asked !== null) ask({ accountId: asked, onReady });
      },
    }),
    [navigate, current, openBilling, ask],
  );
  return <RemediesContext value={remedies}>{children}</RemediesContext>;
}
