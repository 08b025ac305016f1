import { AppError, readMessage, type ErrorCode } from "../core/errors.ts";
import { name as program } from "../version.ts";

const exitCodes: Partial<Record<ErrorCode, number>> = {
  usage: 2,
  config: 2,
  schema: 3,
  unreachable: 4,
  unauthorized: 5,
};

/** Prints an error on stderr, each fault on one line, and returns the exit code. */
export function reportError(error: unknown, showStack: boolean): number {
  const code = error instanceof AppError ? exitCodes[error.code] : undefined;
  const lines = readMessage(error).split("\n");
  // An error with a cause is one error, although the database's message has several lines.
  const isList = code === 2 && lines.length > 1 && (error as AppError).cause === undefined;
  const kind = (error as AppError).code === "usage" ? "arguments" : "configuration";
  const text = isList ? `invalid ${kind} (${lines.length} errors):\n  ${lines.join("\n  ")}` : lines.join(" ");
  process.stderr.write(`${program}: ${text}\n`);
  if (showStack && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return code ?? 1;
}
