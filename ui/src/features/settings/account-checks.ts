import { t } from "../../lib/i18n";

/** What is wrong with the name of an account. The core judges again. */
export function nameProblem(name: string, taken: readonly string[]): string | null {
  const trimmed = name.trim().toLocaleLowerCase();
  if (trimmed === "") return t("settings.accounts.nameMissing");
  return taken.some((other) => other.toLocaleLowerCase() === trimmed) ? t("settings.accounts.nameTaken") : null;
}

/** A key goes out in the clear to this machine alone. */
export function addressProblem(url: string | null): string | null {
  const text = url?.trim() ?? "";
  if (text === "" || /^https:\/\/[^\s/]+/i.test(text) || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])([:/]|$)/i.test(text)) return null;
  return t("settings.accounts.addressInvalid");
}

/** A name that is free, so that nobody has to think of one. */
export function freeName(taken: readonly string[]): string {
  const base = t("settings.accounts.newName");
  const used = new Set(taken.map((name) => name.toLocaleLowerCase()));
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base} ${count}`;
    if (!used.has(name.toLocaleLowerCase())) return name;
  }
}
