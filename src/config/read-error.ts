import { readMessage } from "../core/errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "it does not exist",
  EACCES: "this user may not read it",
};

/** Why a file could not be read, to be printed after its path. */
export function describeReadError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return `cannot be read: ${reasons[code] ?? readMessage(error)}`;
}
