import { AppError, readMessage } from "../../errors.ts";
import { describeRoom } from "./watch-file.ts";
import { isBroken, readDriverCode } from "./transient-errors.ts";

/** An error that a start cannot go on after, in words for who starts it. `filename` is that of SQLite. */
export function describeFault(error: unknown, what: string, filename?: string): AppError {
  const isOfRoom = filename !== undefined && /^SQLITE_(FULL|IOERR|CANTOPEN)/.test(readDriverCode(error));
  const room = isOfRoom ? describeRoom(filename) : "";
  const words = `cannot use ${what}: ${readMessage(error)}${room}`;
  return new AppError(isBroken(error) ? "schema" : "config", words, { cause: error });
}
