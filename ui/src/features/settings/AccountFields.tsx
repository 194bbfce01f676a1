import type { RefObject } from "react";

import { SecretInput } from "../../components/SecretInput";
import { TextInput } from "../../components/TextInput";
import { t } from "../../lib/i18n";
import type { AccountAddress } from "../../platform";
import fields from "./Fields.module.css";

interface NameFieldProps {
  id: string;
  name: string;
  problem: string | undefined;
  onName: (name: string) => void;
}

export function NameField({ id, name, problem, onName }: NameFieldProps) {
  return (
    <div className={fields.field}>
      <label htmlFor={`${id}name`}>{t("settings.accounts.name")}</label>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked for this form */}
      <TextInput autoFocus id={`${id}name`} maxLength={60} value={name} aria-invalid={problem !== undefined} aria-describedby={problem === undefined ? undefined : `${id}name-problem`} onValue={onName} data-testid="account-name" />
      {problem !== undefined && (
        <p id={`${id}name-problem`} className={fields.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface KeyFieldsProps {
  id: string;
  keyInput: RefObject<HTMLInputElement | null>;
  secretInput: RefObject<HTMLInputElement | null>;
  problem: string | undefined;
}

/** The key and, for projects that sign, the secret. */
export function KeyFields({ id, keyInput, secretInput, problem }: KeyFieldsProps) {
  return (
    <>
      <div className={fields.field}>
        <label htmlFor={`${id}key`}>{t("settings.accounts.key")}</label>
        <SecretInput ref={keyInput} id={`${id}key`} aria-required="true" aria-invalid={problem !== undefined} aria-describedby={problem === undefined ? undefined : `${id}key-problem`} data-testid="account-key" />
        {problem !== undefined && (
          <p id={`${id}key-problem`} className={fields.problem} role="alert">
            {problem}
          </p>
        )}
      </div>
      <div className={fields.field}>
        <label htmlFor={`${id}secret`}>{t("settings.accounts.secret")}</label>
        <SecretInput ref={secretInput} id={`${id}secret`} aria-describedby={`${id}secret-help`} data-testid="account-secret" />
        <p id={`${id}secret-help`} className={fields.help}>
          {t("settings.accounts.secretHelp")}
        </p>
      </div>
    </>
  );
}

interface AddressFieldsProps {
  id: string;
  address: AccountAddress;
  problem: string | undefined;
  onAddress: (address: AccountAddress) => void;
}

/** Where the service is, for those who run one of their own. */
export function AddressFields({ id, address, problem, onAddress }: AddressFieldsProps) {
  return (
    <>
      <p className={fields.warning}>{t("settings.accounts.addressWarning")}</p>
      <label className={fields.field} htmlFor={`${id}api`}>
        {t("settings.accounts.apiUrl")}
        <TextInput id={`${id}api`} inputMode="url" placeholder={t("settings.accounts.apiPlaceholder")} value={address.api_url ?? ""} aria-invalid={problem !== undefined} aria-describedby={problem === undefined ? undefined : `${id}api-problem`} onValue={(api_url) => onAddress({ ...address, api_url })} data-testid="account-api-url" />
      </label>
      {problem !== undefined && (
        <p id={`${id}api-problem`} className={fields.problem} role="alert">
          {problem}
        </p>
      )}
      <label className={fields.field} htmlFor={`${id}socket`}>
        {t("settings.accounts.socketUrl")}
        <TextInput id={`${id}socket`} inputMode="url" placeholder={t("settings.accounts.socketPlaceholder")} value={address.socket_url ?? ""} onValue={(socket_url) => onAddress({ ...address, socket_url })} data-testid="account-socket-url" />
      </label>
    </>
  );
}
