import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Router } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { ErrorNote } from "../components/Feedback";
import { Toaster } from "../components/Toaster";
import { useAppState, useCatalogueOf } from "../data/app-state";
import { PlatformContext } from "../data/platform-context";
import { QuitPanel } from "../features/quit/QuitPanel";
import { AddAccount } from "../features/settings/AddAccount";
import { FirstStart } from "../features/start/FirstStart";
import { applyAppearance } from "../lib/appearance";
import { currentLocale, t } from "../lib/i18n";
import { useStore } from "../lib/store";
import type { AppState, Platform } from "../platform";
import styles from "./App.module.css";
import { CrashBoundary } from "./CrashBoundary";
import { Frame } from "./Frame";
import logo from "./icon.svg";
import { Remedies } from "./Remedies";

function Opened({ state }: { state: AppState }) {
  const { settings, account } = state;
  useEffect(() => applyAppearance(settings), [settings]);
  useCatalogueOf(account);
  if (account !== null) return <Frame state={state} logo={logo} />;
  const addProject = (close: () => void) => <AddAccount accounts={state.accounts} onDone={close} onCancel={close} />;
  return <FirstStart state={state} logo={logo} addProject={addProject} />;
}

function Start() {
  const state = useAppState();
  if (state.data !== undefined) return <Opened state={state.data} />;
  return (
    <main className={styles.start} aria-busy={state.isPending} aria-label={t("app.name")}>
      {state.error !== null && (
        <ErrorNote
          error={state.error}
          actions={{ retry: () => void state.refetch(), free_disk_space: () => void state.refetch(), update_app: () => location.reload() }}
        />
      )}
    </main>
  );
}

interface AppProps {
  platform: Platform;
  client: QueryClient;
}

/** The window. */
export function App({ platform, client }: AppProps) {
  // No part of the window remembers its words: another language draws all of it anew.
  useStore(currentLocale);
  return (
    <CrashBoundary>
      {/* The content security policy of the window allows no inline style elements; all styles are in files. */}
      <CSPProvider disableStyleElements>
        <PlatformContext value={platform}>
          <QueryClientProvider client={client}>
            {/* oxlint-disable-next-line react/hooks -- wouter takes its location hook as a value */}
            <Router hook={useHashLocation}>
              <Remedies>
                <Start />
                <QuitPanel />
              </Remedies>
              <Toaster />
            </Router>
          </QueryClientProvider>
        </PlatformContext>
      </CSPProvider>
    </CrashBoundary>
  );
}
