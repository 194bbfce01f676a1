import type { AccountSummary } from "../platform";
import { readError } from "./errors";
import { t } from "./i18n";

export function hostOf(address: string): string {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}

/** What a person should know about an account's key; `null` while there is nothing to say. */
export function keyWords(account: AccountSummary): string | null {
  switch (account.key) {
    case "ready":
      return null;
    case "session_only":
      return t("account.sessionOnly");
    case "reading":
      return t("account.reading");
    case "missing":
      return account.key_problem === null ? t("account.missing") : readError(account.key_problem).title;
    default:
      return account.key satisfies never;
  }
}

/** Whether runs of the account cannot start, because its key is not here. */
export function isTroubled(account: AccountSummary): boolean {
  return account.key === "missing";
}

/** What an account is, in a line. */
export function kindWords(account: AccountSummary): string {
  switch (account.kind) {
    case "sandbox":
      return t("account.sandbox");
    case "environment":
      return t("account.environment", { host: hostOf(account.api_url) });
    case "project":
      return t(account.signs ? "account.signed" : "account.keyOnly", { host: hostOf(account.api_url) });
    default:
      return account.kind satisfies never;
  }
}
