import { Button } from "../../components/Button";
import { ErrorNote, Note } from "../../components/Feedback";
import { readError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import type { AppError, ErrorCode } from "../../platform";
import styles from "./KeyTrouble.module.css";

interface KeychainNoteProps {
  problem: AppError;
  busy: boolean;
  onAgain: () => void;
  onSession: () => void;
}

/** Keys cannot be stored: what is wrong, and the two ways on. */
export function KeychainNote({ problem, busy, onAgain, onSession }: KeychainNoteProps) {
  const { severity, title, body, detail } = readError(problem);
  return (
    <Note severity={severity} title={title} body={body} detail={detail} testId="keychain-problem">
      <div className={styles.actions}>
        <Button size="small" disabled={busy} onClick={onAgain} data-testid="account-ask-keychain">
          {t(busy ? "settings.accounts.asking" : "settings.accounts.askAgain")}
        </Button>
        <Button size="small" disabled={busy} onClick={onSession} data-testid="account-session-only">
          {t("settings.accounts.sessionUse")}
        </Button>
      </div>
    </Note>
  );
}

/** Says aloud that the key will not be there next time. */
export function SessionNote({ onStore }: { onStore: () => void }) {
  return (
    <Note severity="notice" title={t("settings.accounts.sessionTitle")} body={t("settings.accounts.sessionBody")} detail={null} testId="session-note">
      <Button size="small" onClick={onStore}>
        {t("settings.accounts.sessionStore")}
      </Button>
    </Note>
  );
}

/** The service could not be asked; the key may still be right. */
const NOT_ASKED: ReadonlySet<ErrorCode> = new Set(["network.offline", "network.proxy", "service.fault", "limit.rate"]);

interface FormTroubleProps {
  error: AppError;
  onAgain: () => void;
  onSession: () => void;
  onUnchecked: () => void;
}

/** Why the key was not taken, and the ways on. */
export function FormTrouble({ error, onAgain, onSession, onUnchecked }: FormTroubleProps) {
  if (error.code.startsWith("keychain.")) return <KeychainNote problem={error} busy={false} onAgain={onAgain} onSession={onSession} />;
  return (
    <div className={styles.trouble}>
      {/* The fields to correct stand right above. */}
      <ErrorNote error={error} testId="account-error" actions={{ retry: onAgain, wait: onAgain, check_credentials: undefined, edit_inputs: undefined }} />
      {NOT_ASKED.has(error.code) && (
        <div>
          <Button size="small" onClick={onUnchecked} data-testid="account-unchecked">
            {t("settings.accounts.unchecked")}
          </Button>
          <p className={styles.quiet}>{t("settings.accounts.uncheckedHelp")}</p>
        </div>
      )}
    </div>
  );
}
