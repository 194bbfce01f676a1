import type { AppError } from "./types";

function isAppError(value: unknown): value is AppError {
  return (
    typeof value === "object" && value !== null && "code" in value && "action" in value && "message" in value
  );
}

/** An `AppError` from anything that was thrown; what is not one is a fault of the app. */
export function asAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const detail = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : null;
  return {
    code: "internal.fault",
    message: "The app made a mistake.",
    action: "report_bug",
    retryable: false,
    detail,
    field: null,
  };
}
