import type { AppError, ErrorCode, SuggestedAction } from "../platform";
import { knownCause } from "./error-causes";
import { type MessageKey, t } from "./i18n";

export type Severity = "error" | "warning" | "notice";

interface Presentation {
  severity: Severity;
  title: MessageKey;
  body: MessageKey;
}

function present(code: ErrorCode, severity: Severity): Presentation {
  return { severity, title: `errors.${code}.title`, body: `errors.${code}.body` };
}

/** What a person reads about each error. Exhaustive by type: a code without copy does not compile. */
export const ERRORS: Record<ErrorCode, Presentation> = {
  "auth.rejected": present("auth.rejected", "error"),
  "auth.missing": present("auth.missing", "error"),
  "account.invalid": present("account.invalid", "warning"),
  "keychain.unavailable": present("keychain.unavailable", "warning"),
  "keychain.locked": present("keychain.locked", "warning"),
  "keychain.slow": present("keychain.slow", "warning"),
  "keychain.missing": present("keychain.missing", "warning"),
  "balance.insufficient": present("balance.insufficient", "warning"),
  "limit.concurrent": present("limit.concurrent", "notice"),
  "limit.rate": present("limit.rate", "notice"),
  "network.offline": present("network.offline", "warning"),
  "network.proxy": present("network.proxy", "warning"),
  "service.fault": present("service.fault", "warning"),
  "service.protocol": present("service.protocol", "error"),
  "model.unknown": present("model.unknown", "error"),
  "input.invalid": present("input.invalid", "warning"),
  "file.unusable": present("file.unusable", "warning"),
  "file.changed": present("file.changed", "warning"),
  "run.unconfirmed": present("run.unconfirmed", "warning"),
  "run.refused": present("run.refused", "error"),
  "run.failed": present("run.failed", "error"),
  "run.cancelled": present("run.cancelled", "notice"),
  "run.unknown": present("run.unknown", "error"),
  "run.busy": present("run.busy", "notice"),
  "output.unavailable": present("output.unavailable", "error"),
  "disk.full": present("disk.full", "error"),
  "disk.unavailable": present("disk.unavailable", "error"),
  "library.unavailable": present("library.unavailable", "error"),
  "library.newer": present("library.newer", "error"),
  "library.not_moved": present("library.not_moved", "warning"),
  "sandbox.unavailable": present("sandbox.unavailable", "error"),
  "voice.no_microphone": present("voice.no_microphone", "warning"),
  "voice.no_speaker": present("voice.no_speaker", "warning"),
  "voice.denied": present("voice.denied", "warning"),
  "voice.busy": present("voice.busy", "warning"),
  "voice.device_lost": present("voice.device_lost", "warning"),
  "voice.unavailable": present("voice.unavailable", "error"),
  "voice.format": present("voice.format", "error"),
  "voice.busy_session": present("voice.busy_session", "notice"),
  "voice.no_session": present("voice.no_session", "notice"),
  "voice.not_realtime": present("voice.not_realtime", "error"),
  "voice.connection_lost": present("voice.connection_lost", "warning"),
  "usage.invalid": present("usage.invalid", "error"),
  interrupted: present("interrupted", "notice"),
  "internal.fault": present("internal.fault", "error"),
};

/** The words on the button of each action; `none` has no button. */
export const ACTIONS: Record<Exclude<SuggestedAction, "none">, MessageKey> = {
  retry: "actions.retry",
  check_run: "actions.check_run",
  edit_inputs: "actions.edit_inputs",
  choose_file: "actions.choose_file",
  check_credentials: "actions.check_credentials",
  add_funds: "actions.add_funds",
  wait: "actions.wait",
  free_disk_space: "actions.free_disk_space",
  update_app: "actions.update_app",
  open_run: "actions.open_run",
  report_bug: "actions.report_bug",
  ask_keychain: "actions.ask_keychain",
  check_proxy: "actions.check_proxy",
  choose_folder: "actions.choose_folder",
  choose_device: "actions.choose_device",
  grant_microphone: "actions.grant_microphone",
};

export interface ReadableError {
  severity: Severity;
  title: string;
  body: string;
  detail: string | null;
  action: SuggestedAction;
}

/** Errors whose cause is told by the message alone: it is shown small, in the words of whoever refused. */
const TELLING: ReadonlySet<ErrorCode> = new Set(["auth.rejected", "account.invalid", "input.invalid", "network.proxy", "service.fault", "library.not_moved"]);

function detailOf(error: AppError): string | null {
  const parts = TELLING.has(error.code) ? [error.message, error.detail] : [error.detail];
  // A message may end in the very words of the detail; once is enough.
  const said = parts.filter((part, at) => part !== null && part !== "" && !parts.slice(0, at).some((before) => before?.includes(part))).join(" ");
  return said === "" ? null : said;
}

export function readError(error: AppError): ReadableError {
  const presentation = ERRORS[error.code] ?? ERRORS["internal.fault"];
  return {
    severity: presentation.severity,
    title: t(presentation.title),
    body: knownCause(error) ?? t(presentation.body),
    detail: detailOf(error),
    action: error.action,
  };
}
