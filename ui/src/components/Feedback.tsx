import { createContext, type ReactNode, useContext } from "react";

import { classes } from "../lib/classes";
import { readError, ACTIONS, type Severity } from "../lib/errors";
import { t } from "../lib/i18n";
import type { AppError, SuggestedAction } from "../platform";
import { Button } from "./Button";
import styles from "./Feedback.module.css";
import { Icon, type IconName } from "./Icon";
import { notify } from "./Toaster";

/** Grey shapes where something is about to be; the same size, so that nothing moves when it comes. */
export function Skeleton({ width, height, className }: { width?: number | string; height?: number; className?: string | undefined }) {
  return <span aria-hidden="true" className={classes(styles.skeleton, className)} style={{ width, height }} />;
}

interface EmptyStateProps {
  icon: IconName;
  title: string;
  body: string;
  children?: ReactNode;
}

/** Nothing is here, and what to do about it. */
export function EmptyState({ icon, title, body, children }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.emptyIcon}>
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      <p>{body}</p>
      {children}
    </div>
  );
}

/** What a page can do about an error. An action without a way to carry it out shows no button. */
export type ErrorActions = { readonly [Action in Exclude<SuggestedAction, "none">]?: (() => void) | undefined };

/** What the app can do about an error from anywhere. */
export interface AppRemedies {
  /** Opens the settings of an account; of the one in use when none is named. */
  checkAccount: (accountId: string | null) => void;
  checkProxy: () => void;
  addFunds: () => void;
  /** Asks the keychain for the key of an account, then does what was to be done. */
  askKeychain: (accountId: string | null, onReady: () => void) => void;
}

const NONE: AppRemedies = { checkAccount: () => undefined, checkProxy: () => undefined, addFunds: () => undefined, askKeychain: () => undefined };

export const RemediesContext = createContext<AppRemedies>(NONE);

const SEVERITY_ICONS: Record<Severity, IconName> = { error: "alert", warning: "alert", notice: "info" };

interface NoteProps {
  severity: Severity;
  title: string;
  body: string;
  detail: string | null;
  testId?: string | undefined;
  children?: ReactNode;
}

/** Something a person should know, in plain words. */
export function Note({ severity, title, body, detail, testId, children }: NoteProps) {
  return (
    <div className={classes(styles.note, styles[severity])} role={severity === "notice" ? "status" : "alert"} data-testid={testId}>
      <Icon name={SEVERITY_ICONS[severity]} className={styles.noteIcon} />
      <div className={styles.noteText}>
        <h2>{title}</h2>
        <p>{body}</p>
        {detail !== null && (
          <p className={styles.detail}>
            <span className={styles.detailLabel}>{t("common.details")}</span> {detail}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}

interface ErrorNoteProps {
  error: AppError;
  actions?: ErrorActions;
  /** The words for trying again, where that is done in another place. */
  retryLabel?: string;
  /** The account it is about, when that need not be the one in use. */
  accountId?: string;
  testId?: string;
}

async function copyDetails(error: AppError): Promise<void> {
  const lines = [error.code, error.message, error.detail ?? ""].filter(Boolean).join("\n");
  try {
    await navigator.clipboard.writeText(lines);
    notify({ title: t("common.copied") });
  } catch {
    notify({ title: t("common.copyFailed") });
  }
}

/** What the app itself can do, wherever the error is shown. */
function useRemedies(accountId: string | null, onReady: () => void): ErrorActions {
  const remedies = useContext(RemediesContext);
  return {
    check_credentials: () => remedies.checkAccount(accountId),
    check_proxy: remedies.checkProxy,
    add_funds: remedies.addFunds,
    ask_keychain: () => remedies.askKeychain(accountId, onReady),
  };
}

const NOTHING = (): void => undefined;

/** The button of an error that is shown in other words; none where only trying again would help. */
export function RemedyButton({ error, accountId }: { error: AppError; accountId: string }) {
  const remedies = useRemedies(accountId, NOTHING);
  const { action } = error;
  const handler = action === "none" ? undefined : remedies[action];
  if (action === "none" || handler === undefined) return null;
  return (
    <Button size="small" onClick={handler}>
      {t(ACTIONS[action])}
    </Button>
  );
}

/** An error in plain words, with one thing to do about it. */
export function ErrorNote({ error, actions, retryLabel, accountId, testId }: ErrorNoteProps) {
  const { action, ...words } = readError(error);
  const remedies = useRemedies(accountId ?? null, actions?.retry ?? NOTHING);
  const known: ErrorActions = {
    ...remedies,
    report_bug: () => void copyDetails(error),
    // Once there is room, the same may succeed.
    ...(actions?.retry === undefined ? {} : { free_disk_space: actions.retry }),
    ...actions,
  };
  const handler = action === "none" ? undefined : known[action];
  const again = action === "retry" || action === "free_disk_space" ? retryLabel : undefined;
  return (
    <Note {...words} testId={testId}>
      {action !== "none" && handler !== undefined && (
        <Button size="small" onClick={handler}>
          {again ?? t(ACTIONS[action])}
        </Button>
      )}
    </Note>
  );
}

/** A part of a long list could not be had; the rest of it stands. */
export function RetryBar({ error, onRetry }: { error: AppError; onRetry: () => void }) {
  return (
    <div className={styles.retryBar} role="alert" data-testid="retry-bar">
      <Icon name="alert" />
      <span>{t("common.partFailed", { reason: readError(error).title })}</span>
      <Button size="small" onClick={onRetry}>
        {t("actions.retry")}
      </Button>
    </div>
  );
}

interface ProgressBarProps {
  label: string;
  /** 0 to 100; none while it is not known. */
  percentage: number | null;
}

export function ProgressBar({ label, percentage }: ProgressBarProps) {
  const known = percentage !== null;
  const shown = known ? Math.min(100, Math.max(0, percentage)) : 0;
  return (
    <div
      className={styles.progress}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(shown) : undefined}
    >
      <div className={known ? styles.bar : styles.moving} style={known ? { transform: `scaleX(${shown / 100})` } : undefined} />
    </div>
  );
}
