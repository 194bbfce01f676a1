import { type RefObject, useId, useRef, useState } from "react";

import { t } from "../../lib/i18n";
import type { AccountAddress, AccountKey, AppError } from "../../platform";
import { addressProblem, nameProblem } from "./account-checks";

export type AccountFormPurpose = "add" | "key" | "address";

export interface AccountInput {
  name: string;
  key: AccountKey;
  address: AccountAddress;
  session_only: boolean;
  unchecked: boolean;
}

export interface AccountEntryOptions {
  purpose: AccountFormPurpose;
  /** What the account is called and where it is, as far as that is known already. */
  name: string;
  address: AccountAddress;
  /** Names that are taken. */
  taken: readonly string[];
  error: AppError | null;
  send: (input: AccountInput) => Promise<boolean>;
  onDone: () => void;
}

export type AccountField = "name" | "key" | "address";
export type AccountProblems = Partial<Record<AccountField, string>>;

export interface AccountEntry {
  id: string;
  keyInput: RefObject<HTMLInputElement | null>;
  secretInput: RefObject<HTMLInputElement | null>;
  name: string;
  setName: (name: string) => void;
  address: AccountAddress;
  setAddress: (address: AccountAddress) => void;
  /** The key is kept in memory only. */
  sessionOnly: boolean;
  setSessionOnly: (sessionOnly: boolean) => void;
  problems: AccountProblems;
  /** Whether the last answer was about a field, beside which it stands. */
  isFieldError: boolean;
  submit: (how: { session_only: boolean; unchecked: boolean }) => Promise<void>;
}

/** What the core found wrong with one of the fields. */
function refusedField(error: AppError | null): AccountProblems {
  if (error?.code !== "account.invalid") return {};
  const { field, message } = error;
  return field === "name" || field === "key" || field === "address" ? { [field]: message } : {};
}

const orNull = (text: string | undefined | null): string | null => (text == null || text.trim() === "" ? null : text.trim());

/** The field to correct first, by the end of its id. */
const FIELD_IDS: readonly (readonly [AccountField, string])[] = [["name", "name"], ["key", "key"], ["address", "api"]];

/** What is being typed about an account. The key stays in its field until it is sent, and is gone from there once it was taken. */
export function useAccountEntry(options: AccountEntryOptions): AccountEntry {
  const { purpose, taken, error, send, onDone } = options;
  const id = useId();
  const [name, setName] = useState(options.name);
  const [address, setAddress] = useState(options.address);
  const [sessionOnly, setSessionOnly] = useState(false);
  const [found, setFound] = useState<AccountProblems>({});
  const keyInput = useRef<HTMLInputElement>(null);
  const secretInput = useRef<HTMLInputElement>(null);
  const refused = refusedField(error);

  const judge = (): AccountProblems => {
    const badName = purpose === "add" ? nameProblem(name, taken) : null;
    const badAddress = addressProblem(address.api_url);
    return {
      ...(badName === null ? {} : { name: badName }),
      ...(orNull(keyInput.current?.value) === null ? { key: t("settings.accounts.keyMissing") } : {}),
      ...(badAddress === null ? {} : { address: badAddress }),
    };
  };
  const submit = async (how: { session_only: boolean; unchecked: boolean }): Promise<void> => {
    const wrong = judge();
    setFound(wrong);
    const first = FIELD_IDS.find(([field]) => wrong[field] !== undefined)?.[1];
    if (first !== undefined) {
      document.querySelector<HTMLElement>(`#${CSS.escape(`${id}${first}`)}`)?.focus();
      return;
    }
    const key = { key: orNull(keyInput.current?.value) ?? "", secret: orNull(secretInput.current?.value) };
    const where = { api_url: orNull(address.api_url), socket_url: orNull(address.socket_url) };
    if (!(await send({ name: name.trim(), key, address: where, ...how }))) return;
    for (const input of [keyInput.current, secretInput.current]) if (input !== null) input.value = "";
    onDone();
  };
  return {
    id, keyInput, secretInput, name, setName, address, setAddress, sessionOnly, setSessionOnly, submit,
    problems: { ...refused, ...found },
    isFieldError: Object.keys(refused).length > 0,
  };
}
