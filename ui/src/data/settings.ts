import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { AppLink, AppNotice, AppState, ProxyChoice, SettingsChange } from "../platform";
import { takeAnswer } from "./answers";
import { keys } from "./keys";
import { usePlatform } from "./platform-context";
import { type SecretCommand, useSecretCommand } from "./secret-command";

const UNCHANGED: SettingsChange = { theme: null, language: null, proxy: null, notify_when_done: null, close_to_tray: null, voice: null };

/** Saves settings, at once. */
export function useSaveSettings() {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Partial<Omit<SettingsChange, "proxy">>) => platform.settingsUpdate({ ...UNCHANGED, ...change }),
    onSuccess: (state: AppState) => takeAnswer(client, keys.app, state),
  });
}

export function useSaveProxy(): SecretCommand<ProxyChoice> {
  const platform = usePlatform();
  return useSecretCommand((proxy) => platform.settingsUpdate({ ...UNCHANGED, proxy }));
}

export function useLibraryInfo() {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.libraryInfo, queryFn: () => platform.libraryInfo(), staleTime: 0 });
}

export function useLibraryMove() {
  const platform = usePlatform();
  return {
    pick: useMutation({ mutationFn: () => platform.libraryMovePick() }),
    move: useMutation({ mutationFn: () => platform.libraryMove() }),
  };
}

export function useDiagnostics() {
  const platform = usePlatform();
  return {
    text: useQuery({ queryKey: keys.diagnostics, queryFn: () => platform.diagnostics(), staleTime: 0, gcTime: 0 }),
    copy: useMutation({ mutationFn: () => platform.diagnosticsCopy() }),
    logs: useMutation({ mutationFn: () => platform.logsReveal() }),
  };
}

/** Opens one of the app's own addresses in the browser of the system. */
export function useOpenLink() {
  const platform = usePlatform();
  return useMutation({ mutationFn: (link: AppLink) => platform.linkOpen(link) });
}

export function useDismissNotice() {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (kind: AppNotice["kind"]) => platform.noticeDismiss(kind),
    onSuccess: (state: AppState) => takeAnswer(client, keys.app, state),
  });
}
