import { useRef, useState } from "react";

import { Button } from "../../components/Button";
import { t } from "../../lib/i18n";
import type { AppState } from "../../platform";
import { AccountRow } from "./AccountRow";
import styles from "./AccountsSettings.module.css";
import { AddAccount } from "./AddAccount";

/** Every account there is, and the way to another. */
export function AccountsSettings({ state, opened }: { state: AppState; opened: string | null }) {
  const [adding, setAdding] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setAdding(false);
    button.current?.focus();
  };
  return (
    <>
      <p className={styles.lead}>{t("settings.accounts.lead")}</p>
      <ul className={styles.list} aria-label={t("settings.accounts.title")}>
        {state.accounts.map((account) => (
          // A link to an account opens it; the way it is opened by hand is not taken away by that.
          <AccountRow key={`${account.id} ${opened === account.id}`} account={account} inUse={account.id === state.account?.id} accounts={state.accounts} opened={opened === account.id} />
        ))}
      </ul>
      <div>
        <Button ref={button} icon="plus" aria-expanded={adding} onClick={() => setAdding(!adding)} data-testid="account-add">
          {t("settings.accounts.addTitle")}
        </Button>
      </div>
      {adding && (
        <section className={styles.add} aria-label={t("settings.accounts.addTitle")}>
          <p className={styles.lead}>{t("settings.accounts.addLead")}</p>
          <AddAccount accounts={state.accounts} onDone={close} onCancel={close} />
        </section>
      )}
    </>
  );
}
