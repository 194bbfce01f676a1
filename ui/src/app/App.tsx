import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { Router } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { ErrorNote } from "../components/Feedback";
import { Toaster } from "../components/Toaster";
import { useAppState } from "../data/app-state";
import { PlatformContext } from "../data/platform-context";
import { FirstStart } from "../features/start/FirstStart";
import { t } from "../lib/i18n";
import type { Platform } from "../platform";
import styles from "./App.module.css";
import { CrashBoundary } from "./CrashBoundary";
import { Frame } from "./Frame";
import logo from "./icon.svg";

function Start() {
  const state = useAppState();
  if (state.data !== undefined) {
    return state.data.account === null ? <FirstStart state={state.data} logo={logo} /> : <Frame state={state.data} logo={logo} />;
  }
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
  return (
    <CrashBoundary>
      {/* The content security policy of the window allows no inline style elements; all styles are in files. */}
      <CSPProvider disableStyleElements>
        <PlatformContext value={platform}>
          <QueryClientProvider client={client}>
            {/* oxlint-disable-next-line react/hooks -- wouter takes its location hook as a value */}
            <Router hook={useHashLocation}>
              <Start />
              <Toaster />
            </Router>
          </QueryClientProvider>
        </PlatformContext>
      </CSPProvider>
    </CrashBoundary>
  );
}
