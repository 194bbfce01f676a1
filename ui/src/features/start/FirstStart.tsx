import { type ReactNode, useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { useChooseAccount } from "../../data/accounts";
import { hostOf, keyWords, kindWords } from "../../lib/account-words";
import { t } from "../../lib/i18n";
import type { AccountSummary, AppState } from "../../platform";
import styles from "./FirstStart.module.css";

function body(account: AccountSummary): string {
  switch (account.kind) {
    case "sandbox":
      return t("start.sandboxBody");
    case "environment":
      return t("start.environmentBody", { host: hostOf(account.api_url) });
    case "project":
      return [kindWords(account), keyWords(account)].filter((words) => words !== null).join(" · ");
    default:
      return account.kind satisfies never;
  }
}

interface AccountCardProps {
  account: AccountSummary;
  busy: boolean;
  disabled: boolean;
  onChoose: () => void;
}

function AccountCard({ account, busy, disabled, onChoose }: AccountCardProps) {
  const sandbox = account.kind === "sandbox";
  const action = sandbox ? t("start.sandboxAction") : t("start.environmentAction", { name: account.name });
  return (
    <li className={styles.card}>
      <span className={styles.cardIcon}>
        <Icon name={sandbox ? "shield" : "key"} size={20} />
      </span>
      <div className={styles.cardText}>
        <h2>
          {sandbox ? t("start.sandboxName") : account.name}
          <span className={styles.tag}>{sandbox ? t("start.sandboxTag") : t("start.environmentTag")}</span>
        </h2>
        <p>{body(account)}</p>
      </div>
      <Button
        variant={sandbox ? "primary" : "secondary"}
        size="large"
        disabled={disabled}
        onClick={onChoose}
        data-testid={sandbox ? "first-start-sandbox" : `first-start-${account.id}`}
      >
        {busy ? t("start.choosing") : action}
      </Button>
    </li>
  );
}

/** The way to a project of one's own; its form unfolds in the card. */
function ProjectCard({ form }: { form: (close: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.card}>
      <span className={styles.cardIcon}>
        <Icon name="key" size={20} />
      </span>
      <div className={styles.cardText}>
        <h2>
          {t("start.projectName")}
          <span className={styles.tag}>{t("start.environmentTag")}</span>
        </h2>
        <p>{t("start.projectBody")}</p>
      </div>
      {open ? (
        <div className={styles.form}>{form(() => setOpen(false))}</div>
      ) : (
        <Button size="large" onClick={() => setOpen(true)} data-testid="first-start-project">
          {t("start.projectAction")}
        </Button>
      )}
    </li>
  );
}

interface FirstStartProps {
  state: AppState;
  logo: string;
  /** The form for a project; the app puts it together with the feature that has it. */
  addProject: (close: () => void) => ReactNode;
}

/** The first thing a person sees: where runs go. */
export function FirstStart({ state, logo, addProject }: FirstStartProps) {
  const choose = useChooseAccount();
  return (
    <main className={styles.page} data-testid="first-start">
      <div className={styles.column}>
        <img className={styles.logo} src={logo} alt="" width={72} height={72} />
        <h1>{t("start.title")}</h1>
        <p className={styles.lead}>{t("start.lead")}</p>
        <ul className={styles.cards} aria-label={t("start.accounts")}>
          {state.accounts.map((account) => (
            <AccountCard
              key={account.id}
              account={account}
              busy={choose.isPending && choose.variables === account.id}
              disabled={choose.isPending}
              onChoose={() => choose.mutate(account.id)}
            />
          ))}
          <ProjectCard form={addProject} />
        </ul>
        {choose.error !== null && (
          <ErrorNote error={choose.error} accountId={choose.variables} actions={{ retry: () => choose.mutate(choose.variables), check_credentials: () => choose.reset() }} />
        )}
        <p className={styles.small}>
          {t("start.libraryAt")} <span className={styles.path}>{state.library_dir}</span>
        </p>
      </div>
    </main>
  );
}
