import { AppError } from "../../core/errors.ts";
import type { CodeEventPosition, JobPosition, Position } from "../../core/store/index.ts";

/** How many numbers the cursor of each list holds. A cursor names its list, so it is not valid for another one. */
const lengths = {
  runs: 1,
  "runs-by-finished": 3,
  "runs-by-duration": 3,
  "runs-by-queue": 3,
  deliveries: 2,
  flaky: 3,
  "red-main": 3,
  waste: 3,
  failures: 3,
  "time-to-pass": 3,
  "time-to-pass/weeks": 3,
  "critical-path": 3,
  changes: 3,
  runners: 3,
} as const;
export type CursorList = keyof typeof lengths;

/** What a client gets for a wrong cursor. */
function createCursorError(): AppError {
  return new AppError("invalid", "cursor is invalid: pass next_cursor from the previous page unchanged");
}

/** The end of a page as an opaque text; `null` after the last page. */
export function encodeCursor(list: CursorList, position: Position | undefined): string | null {
  return position === undefined ? null : Buffer.from([list, ...position].join(":")).toString("base64url");
}

/** Throws `invalid` for a text that is not a cursor of this list. */
export function decodeCursor(list: CursorList, cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const [name, ...parts] = Buffer.from(cursor, "base64url").toString("latin1").split(":");
  const isValid = name === list && parts.length === lengths[list] && parts.every((part) => /^\d{1,15}$/.test(part));
  if (!isValid) throw createCursorError();
  return parts.map(Number);
}

/** The same for a page of jobs: after a number there is the provider's id of a job, which may be any text. */
export function encodeJobCursor(position: JobPosition | undefined): string | null {
  if (position === undefined) return null;
  return Buffer.from(`jobs:${position.run}:${position.job}`).toString("base64url");
}

export function decodeJobCursor(cursor: string | undefined): JobPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, run, job = ""] = /^jobs:(\d{1,15}):(.*)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (run === undefined) throw createCursorError();
  return { run: Number(run), job };
}

export type CodeEventList = "deployments" | "changes" | "pushes";

/** The same for a page of code events: a time, the name of a source, and the provider's id, which may be any text. */
export function encodeCodeEventCursor(list: CodeEventList, position: CodeEventPosition | undefined): string | null {
  if (position === undefined) return null;
  const { firstSeenAt, source, nativeId } = position;
  return Buffer.from(`${list}:${firstSeenAt}:${source}:${nativeId}`).toString("base64url");
}

export function decodeCodeEventCursor(list: CodeEventList, cursor: string | undefined): CodeEventPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, name, at, source = "", nativeId = ""] =
    /^([a-z]+):(\d{1,15}):([^:]*):(.*)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (name !== list) throw createCursorError();
  return { firstSeenAt: Number(at), source, nativeId };
}
