export type ErrorCode =
  /** The caller's input; answered 400. */
  | "invalid"
  | "unauthorized"
  /** A request that another site made the browser send. */
  | "forbidden"
  | "not_found"
  | "too_large"
  | "unsupported"
  /** Nothing could be stored now; the sender should try again. */
  | "unavailable"
  /** What was typed on the command line; ends the program. */
  | "usage"
  /** A server that is asked by a command does not answer. */
  | "unreachable"
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

/** The driver's own message, on one line: Knex puts the whole statement before it. At most `max` characters. */
export function readDriverMessage(error: unknown, max = 300): string {
  const text = readMessage(error).split(" - ").at(-1) ?? "";
  return text.replaceAll(/\s+/g, " ").trim().slice(0, max).toWellFormed();
}
