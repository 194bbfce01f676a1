import { type ReactNode, useId, useState } from "react";

import { Button, IconButton } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { useAccountCommands, useChooseAccount } from "../../data/accounts";
import { isTroubled, keyWords, kindWords } from "../../lib/account-words";
import { classes } from "../../lib/classes";
import { t } from "../../lib/i18n";
import type { AccountSummary } from "../../platform";
import styles from "./AccountsSettings.module.css";
import { AccountTools } from "./AccountTools";

interface AccountRowProps {
  account: AccountSummary;
  inUse: boolean;
  accounts: readonly AccountSummary[];
  /** A link led here. */
  opened: boolean;
}

function KeyLine({ account }: { account: AccountSummary }) {
  const words = keyWords(account);
  // What stands in the way of every run has a note of its own below.
  if (words === null || isTroubled(account)) return null;
  const troubled = account.key === "session_only";
  return (
    <span className={classes(styles.state, troubled && styles.troubled)} data-testid={`account-key-state-${account.id}`}>
      <Icon name={troubled ? "alert" : "clock"} size={14} />
      {words}
    </span>
  );
}

/** What is wrong with the key, and what helps, in sight without opening anything. */
function KeyProblem({ account, onEnterKey }: { account: AccountSummary; onEnterKey: () => void }) {
  const { askKeychain } = useAccountCommands(account.id);
  const problem = askKeychain.error ?? account.key_problem;
  if (problem === null || askKeychain.isPending) return askKeychain.isPending ? <p className={styles.state}>{t("settings.accounts.asking")}</p> : null;
  return <ErrorNote error={problem} testId={`account-problem-${account.id}`} actions={{ ask_keychain: () => askKeychain.mutate(), retry: () => askKeychain.mutate(), check_credentials: onEnterKey }} />;
}

function Facts({ account }: { account: AccountSummary }) {
  return (
    <dl className={styles.facts}>
      <dt>{t("settings.accounts.apiUrl")}</dt>
      <dd>{account.api_url}</dd>
      <dt>{t("settings.accounts.socketUrl")}</dt>
      <dd>{account.socket_url}</dd>
    </dl>
  );
}

/** One account: what it is, whether its key is here, and what can be done with it. */
export function AccountRow({ account, inUse, accounts, opened }: AccountRowProps) {
  const id = useId();
  const choose = useChooseAccount();
  const [open, setOpen] = useState(opened);
  // Counts how often the key was asked for.
  const [keyAsked, setKeyAsked] = useState(0);
  const details = (): ReactNode => (
    <div id={id} className={styles.details}>
      <Facts account={account} />
      {account.kind !== "sandbox" && <AccountTools account={account} accounts={accounts} keyAsked={keyAsked} />}
    </div>
  );
  return (
    <li className={styles.item} data-testid={`account-row-${account.id}`} data-key={account.key}>
      <div className={styles.head}>
        <span className={styles.face}>
          <Icon name={account.kind === "sandbox" ? "shield" : "key"} />
        </span>
        <span className={styles.words}>
          <span className={styles.name}>
            {account.name}
            {inUse && <span className={styles.used}>{t("settings.accounts.inUse")}</span>}
          </span>
          <span className={styles.kind}>{kindWords(account)}</span>
          <KeyLine account={account} />
        </span>
        <span className={styles.buttons}>
          {!inUse && (
            <Button size="small" disabled={choose.isPending} aria-label={t("settings.accounts.useNamed", { name: account.name })} onClick={() => choose.mutate(account.id)} data-testid={`account-use-${account.id}`}>
              {t("settings.accounts.use")}
            </Button>
          )}
          <IconButton
            size="small"
            icon={open ? "up" : "chevron"}
            label={t(open ? "settings.accounts.less" : "settings.accounts.more", { name: account.name })}
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            onClick={() => {
              setKeyAsked(0);
              setOpen(!open);
            }}
            data-testid={`account-more-${account.id}`}
          />
        </span>
      </div>
      {choose.error !== null && <ErrorNote error={choose.error} accountId={account.id} actions={{ retry: () => choose.mutate(account.id) }} />}
      {isTroubled(account) && (
        <KeyProblem
          account={account}
          onEnterKey={() => {
            setKeyAsked((count) => count + 1);
            setOpen(true);
          }}
        />
      )}
      {open && details()}
    </li>
  );
}
