import type { AppError } from "../platform";
import { formatUsd } from "./format";
import { t } from "./i18n";

/**
 * The service tells causes only by the words of its messages. They are read here and nowhere else, and only to explain:
 * what the app does depends on codes alone.
 */
export type RefusalCause = "unknownKey" | "needsSecret" | "wrongSecret" | "address" | "signIn";

/** Its words, with its own spelling (`PROTOCOL.md` section 3.4). */
const REFUSALS: readonly (readonly [RefusalCause, RegExp])[] = [
  ["unknownKey", /project authorization is not founded/i],
  ["needsSecret", /requires signature authentication/i],
  ["wrongSecret", /project authorization is not valid/i],
  ["address", /requested ip \S+ is not allowed/i],
  ["signIn", /sign in to run this model/i],
];

/** Why a key was refused, when the service said it in words that are known. */
export function refusalCause(error: AppError): RefusalCause | null {
  if (error.code !== "auth.rejected") return null;
  return REFUSALS.find(([, words]) => words.test(error.message))?.[0] ?? null;
}

/** How far the clock of this computer is off, when that was noted beside a refusal. */
function clockSkewSeconds(error: AppError): number | null {
  const found = /clock of this machine differs by (-?\d+) seconds/i.exec(error.detail ?? "");
  return found === null ? null : Math.abs(Number(found[1]));
}

function refusalWords(error: AppError): string | null {
  const cause = refusalCause(error);
  const skew = clockSkewSeconds(error);
  // A key that is not known is not known at any time of day.
  if (skew !== null && cause !== "unknownKey" && cause !== "address") return t("errors.auth.rejected.clock", { count: skew });
  if (cause === null) return null;
  return t(`errors.auth.rejected.${cause}`, { ip: /requested ip (\S+)/i.exec(error.message)?.[1] ?? "" });
}

function slotWords({ message, detail }: AppError): string | null {
  const said = `${message} ${detail ?? ""}`;
  const balance = /balance of \$?(\d+(?:\.\d+)?)/i.exec(said)?.[1];
  const limit = /up to (\d+)/i.exec(said)?.[1];
  if (balance === undefined || limit === undefined) return null;
  return t("errors.limit.concurrent.known", { balance: formatUsd(balance), count: Number(limit) });
}

/** What is known about an error beyond its code, in a sentence; `null` when there is nothing. */
export function knownCause(error: AppError): string | null {
  switch (error.code) {
    case "auth.rejected":
      return refusalWords(error);
    case "limit.concurrent":
      return slotWords(error);
    case "account.invalid":
      return error.action === "wait" ? t("errors.account.invalid.busy") : null;
    default:
      return null;
  }
}
