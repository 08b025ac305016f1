import { statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Tells whether `filename` still leads to the file that it leads to now. An open file that was deleted or replaced can be
 * written to as before, and all of it is gone with the process. A file that cannot be looked at counts as unchanged.
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

/** How often SQLite's file is looked at, to see that it is still there: one call to the system. */
const watchMillis = 1000;

/** Calls `onMoved` once the file is gone: the next start finds what is in its place, or makes a new one. Returns how to stop. */
export function onFileMoved(isMoved: () => boolean, onMoved: (reason: Error) => void): () => void {
  const timer = setInterval(() => isMoved() && onMoved(movedError()), watchMillis).unref();
  return () => clearInterval(timer);
}

/** The code is SQLite's own for such a file, which it notices only where it keeps a rollback journal. */
export function movedError(): Error {
  const words = "the database file was deleted, moved or replaced while it was open";
  return Object.assign(new Error(words), { code: "SQLITE_READONLY_DBMOVED" });
}

/** Less than this is no room to begin a transaction in. */
const roomMin = 1024 * 1024;

/** Words on the room for `filename`, where there is hardly any: SQLite itself speaks of an I/O error. */
export function describeRoom(filename: string): string {
  const folder = dirname(resolve(filename));
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= roomMin ? "" : `: the disk of ${folder} is full (${bavail * bsize} bytes free)`;
  } catch {
    return "";
  }
}
