import { Component, type ReactNode } from "react";

import { Button } from "../components/Button";
import { t } from "../lib/i18n";
import styles from "./App.module.css";

interface CrashState {
  error: Error | null;
}

/** Catches what no page foresaw. Runs live in Rust and go on meanwhile. */
export class CrashBoundary extends Component<{ children: ReactNode }, CrashState> {
  override state: CrashState = { error: null };

  static getDerivedStateFromError(error: unknown): CrashState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className={styles.crash} role="alert">
        <h1>{t("common.crashTitle")}</h1>
        <p>{t("common.crashBody")}</p>
        <pre>{error.message}</pre>
        <Button variant="primary" onClick={() => location.reload()}>
          {t("common.reload")}
        </Button>
      </main>
    );
  }
}
