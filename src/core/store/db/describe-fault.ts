import { AppError, readMessage } from "../../errors.ts";
import { describeRoom } from "./watch-file.ts";
import { isBroken, readDriverCode } from "./transient-errors.ts";

/** The error that stops a start, with a message for the operator. `filename` is that of SQLite. */
export function describeFault(error: unknown, what: string, filename?: string): AppError {
  const isOfRoom = filename !== undefined && /^SQLITE_(FULL|IOERR|CANTOPEN)/.test(readDriverCode(error));
  const room = isOfRoom ? describeRoom(filename) : "";
  const message = `cannot use ${what}: ${readMessage(error)}${room}`;
  return new AppError(isBroken(error) ? "schema" : "config", message, { cause: error });
}
