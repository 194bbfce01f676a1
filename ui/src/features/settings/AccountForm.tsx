import type { FormEvent } from "react";

import { Button } from "../../components/Button";
import { useKeychain } from "../../data/accounts";
import { useOpenLink } from "../../data/settings";
import { type MessageKey, t } from "../../lib/i18n";
import type { AppError } from "../../platform";
import { AddressFields, KeyFields, NameField } from "./AccountFields";
import fields from "./Fields.module.css";
import { FormTrouble, KeychainNote, SessionNote } from "./KeyTrouble";
import { type AccountEntry, type AccountEntryOptions, type AccountFormPurpose, useAccountEntry } from "./use-account-entry";

const SUBMIT: Record<AccountFormPurpose, MessageKey> = {
  add: "settings.accounts.add",
  key: "settings.accounts.saveKey",
  address: "settings.accounts.saveAddress",
};

interface TroubleProps {
  entry: AccountEntry;
  busy: boolean;
  error: AppError | null;
}

/** Whether the key can be stored, and what the service said to it. */
function Trouble({ entry, busy, error }: TroubleProps) {
  const { sessionOnly, setSessionOnly, submit } = entry;
  const keychain = useKeychain(!sessionOnly);
  const problem = keychain.data?.problem ?? null;
  const again = (): void => void submit({ session_only: sessionOnly, unchecked: false });
  const keep = (): void => {
    setSessionOnly(true);
    // Before anything was sent it is only a choice; afterwards it is the answer to what went wrong.
    if (error?.code.startsWith("keychain.") === true) void submit({ session_only: true, unchecked: false });
  };
  return (
    <>
      {sessionOnly && <SessionNote onStore={() => setSessionOnly(false)} />}
      {!sessionOnly && problem !== null && error === null && (
        <KeychainNote problem={problem} busy={keychain.isFetching} onAgain={() => void keychain.refetch()} onSession={keep} />
      )}
      {error !== null && !busy && !entry.isFieldError && (
        <FormTrouble error={error} onAgain={again} onSession={keep} onUnchecked={() => void submit({ session_only: sessionOnly, unchecked: true })} />
      )}
    </>
  );
}

interface AccountFormProps extends AccountEntryOptions {
  busy: boolean;
  onCancel: () => void;
}

/** Asks for a key, and what belongs to it. */
export function AccountForm({ busy, onCancel, ...options }: AccountFormProps) {
  const { purpose, error } = options;
  const entry = useAccountEntry(options);
  const { id, problems, address, setAddress } = entry;
  const link = useOpenLink();
  const addressFields = <AddressFields id={id} address={address} problem={problems.address} onAddress={setAddress} />;
  return (
    <form
      className={fields.form}
      autoComplete="off"
      aria-busy={busy}
      data-testid="account-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void entry.submit({ session_only: entry.sessionOnly, unchecked: false });
      }}
    >
      {purpose === "add" && <NameField id={id} name={entry.name} problem={problems.name} onName={entry.setName} />}
      {purpose === "address" && (
        <>
          {addressFields}
          <p className={fields.help}>{t("settings.accounts.keyAgain")}</p>
        </>
      )}
      <KeyFields id={id} keyInput={entry.keyInput} secretInput={entry.secretInput} problem={problems.key} />
      {purpose === "add" && (
        <details className={fields.own} open={problems.address !== undefined ? true : undefined}>
          <summary data-testid="account-own-address">{t("settings.accounts.ownAddress")}</summary>
          <div className={fields.ownBody}>{addressFields}</div>
        </details>
      )}
      <Trouble entry={entry} busy={busy} error={error} />
      <div className={fields.actions}>
        <Button submit variant="primary" disabled={busy} data-testid="account-submit">
          {t(busy ? "settings.accounts.checking" : SUBMIT[purpose])}
        </Button>
        <Button variant="quiet" disabled={busy} onClick={onCancel} data-testid="account-cancel">
          {t("settings.cancel")}
        </Button>
        {purpose === "add" && (
          <Button className={fields.far} variant="quiet" icon="external" onClick={() => link.mutate("new_project")} data-testid="link-new-project">
            {t("settings.accounts.newProject")}
          </Button>
        )}
      </div>
    </form>
  );
}
