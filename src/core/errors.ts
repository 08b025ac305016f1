export type ErrorCode =
  /** The caller's input; answered 400. */
  | "invalid"
  | "unauthorized"
  | "not_found"
  | "too_large"
  | "unsupported"
  /** Nothing could be stored now; the sender should try again. */
  | "unavailable"
  /** An operator's setting; stops the start. */
  | "config"
  /** The database was written by a newer version; stops the start. */
  | "schema";

/** The only error class: a code that the edge translates (HTTP status, exit code) and a message fit for people. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}

export function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the database itself said, on one line: Knex puts the whole statement before the driver's words. */
export function driverWords(error: unknown, max = 300): string {
  const words = readMessage(error).split(" - ").at(-1) ?? "";
  return words.replaceAll(/\s+/g, " ").trim().slice(0, max).toWellFormed();
}
