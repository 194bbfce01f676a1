import { useAddAccount } from "../../data/accounts";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import type { AccountSummary } from "../../platform";
import { freeName } from "./account-checks";
import { AccountForm } from "./AccountForm";

const SERVICE = { api_url: null, socket_url: null };

/** The form for a new project. The account that was added is the one in use. */
export function AddAccount({ accounts, onDone, onCancel }: { accounts: readonly AccountSummary[]; onDone: () => void; onCancel: () => void }) {
  const add = useAddAccount();
  const taken = accounts.map((account) => account.name);
  return (
    <AccountForm
      purpose="add"
      name={freeName(taken)}
      address={SERVICE}
      taken={taken}
      busy={add.busy}
      error={add.error}
      send={add.send}
      onCancel={onCancel}
      onDone={() => {
        announce(t("settings.accounts.added"));
        onDone();
      }}
    />
  );
}
