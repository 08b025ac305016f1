import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { DayFingerprint } from "../../core/store/maintenance/index.ts";
import type { ExportFormat } from "./parse-arguments.ts";
import { createPartPath, describeFileError } from "./day-file.ts";

/** What is known of a file that was written: of which rows it was made, and how it looked then. */
export interface DayState {
  readonly fingerprint: DayFingerprint;
  readonly bytes: number;
  /** The names and types of its columns, and what else decides how a row is written. */
  readonly layout: string;
}

/** The states of the files of a folder, by day. They are stored after each file that was written. */
export interface DayStates {
  get(day: string): DayState | undefined;
  set(day: string, state: DayState): Promise<void>;
}

/** Reads the states of the files of one format, which lie beside the days. Without a file there are none. */
export async function openDayStates(folder: string, format: ExportFormat): Promise<DayStates> {
  const path = join(folder, `.export-${format}.json`);
  const days = new Map(Object.entries(await readStates(path)));
  return {
    get: (day) => days.get(day),
    async set(day, state) {
      days.set(day, state);
      const next = createPartPath(folder);
      try {
        await writeFile(next, JSON.stringify({ days: Object.fromEntries(days) }));
        await rename(next, path);
      } catch (error) {
        throw describeFileError(error, path);
      }
    },
  };
}

async function readStates(path: string): Promise<Readonly<Record<string, DayState>>> {
  try {
    return (JSON.parse(await readFile(path, "utf8")) as { readonly days: Readonly<Record<string, DayState>> }).days;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    const remedy = "remove it, and all days are written again";
    throw new AppError("config", `${path} is not what an earlier export left there: ${remedy}`, { cause: error });
  }
}

/** Why a day is written, or is not. */
export type DayDecision = "write" | "unchanged" | "kept";

/**
 * Decides whether a day is written. Today always is. A file that is gone, has another size or another layout is written again,
 * and one whose rows changed. A day of which the ledger has deleted rows is kept, so that files outlive the ledger's retention.
 */
export function decideDay(
  now: DayFingerprint | undefined,
  before: DayState | undefined,
  found: { readonly bytes: number | undefined; readonly layout: string; readonly isToday: boolean },
): DayDecision {
  if (before === undefined || found.bytes !== before.bytes) return now === undefined ? "unchanged" : "write";
  if (now === undefined) return "kept";
  if (found.isToday) return "write";
  if (now.rows < before.fingerprint.rows) return "kept";
  if (found.layout !== before.layout) return "write";
  const isSame = (Object.keys(now) as (keyof DayFingerprint)[]).every((key) => now[key] === before.fingerprint[key]);
  return isSame ? "unchanged" : "write";
}

/** The size of a file; `undefined`: there is none. */
export async function readSize(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}
