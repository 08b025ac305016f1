import { statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Returns a function that checks whether `filename` names another file than now. An open file that was deleted or replaced can
 * still be written to, and all of it is lost with the process. A file that cannot be examined counts as unchanged.
 */
export function watchFile(filename: string): () => boolean {
  const opened = identify(filename);
  return () => {
    const found = identify(filename);
    return found !== undefined && found !== opened;
  };
}

function identify(filename: string): string | undefined {
  try {
    const { dev, ino } = statSync(filename, { bigint: true });
    return `${dev}/${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "none" : undefined;
  }
}

/** How often SQLite's file is checked to be still there: one system call each time. */
const watchMillis = 1000;

/** Calls `onMoved` once the file is gone: the next start opens the file in its place, or a new one. Returns a stop function. */
export function onFileMoved(isMoved: () => boolean, onMoved: (reason: Error) => void): () => void {
  const timer = setInterval(() => isMoved() && onMoved(createMovedError()), watchMillis).unref();
  return () => clearInterval(timer);
}

/** The code is SQLite's own for such a file; SQLite detects it only with a rollback journal, not with a WAL. */
export function createMovedError(): Error {
  const message = "the database file was deleted, moved or replaced while it was open";
  return Object.assign(new Error(message), { code: "SQLITE_READONLY_DBMOVED" });
}

/** Bytes that must be free for a transaction to begin. */
const roomMin = 1024 * 1024;

/** Explains that the disk of `filename` is full; empty if it is not. SQLite itself reports only an I/O error. */
export function describeRoom(filename: string): string {
  const folder = dirname(resolve(filename));
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= roomMin ? "" : `: the disk of ${folder} is full (${bavail * bsize} bytes free)`;
  } catch {
    return "";
  }
}
