import { dayMillis, type Millis } from "../../time.ts";
import type { Connection } from "../db/connect.ts";
import { toHour, type PartialAnswer } from "../db/partial-answers.ts";
import { retryWhileBusy } from "../db/retry-while-busy.ts";
import { exactRunsMax } from "../read/exact-runs.ts";
import { readFrom, type ReadName, type ReadQuery, type ReadResult } from "../read/queries.ts";
import type { Reader } from "../read/reader.ts";
import { savePartialAnswers, type PartialChange } from "../record/save-partial-answers.ts";

/** Partial answers are kept for so long: the longest span of an insight, and what it looks back. */
const keptMillis = 125 * dayMillis;
/** What changes often enough to be looked at every minute. */
const recentMillis = 2 * dayMillis;

type PartialReads = "manyRuns" | "partialTasks" | "partialsOfHour" | "partialsOfDay";

/** Where partial answers are made and stored: see `createThreadedPartialSteps`. */
export interface PartialSteps {
  readonly readPartials: <K extends PartialReads & ReadName>(name: K, query: ReadQuery<K>) => Promise<ReadResult<K>>;
  readonly savePartials: (change: PartialChange) => Promise<void>;
}

export function createLocalPartialSteps(connection: Connection): PartialSteps {
  return {
    readPartials: (name, query) => readFrom(connection, name, query),
    savePartials: (change) => savePartialAnswers(connection, change),
  };
}

/**
 * Those of a server: what computes or takes long is done in the threads that read and write. Whether there is anything to do is found
 * out here, because the thread that reads takes 20 to 40 MB: on PostgreSQL all of it, on SQLite, whose calls block, what ends early.
 */
export function createThreadedPartialSteps(
  connection: Connection,
  reader: Reader,
  savePartials: PartialSteps["savePartials"],
): PartialSteps {
  const here: ReadonlySet<ReadName> = new Set(
    connection.engine === "postgres" ? ["manyRuns", "partialTasks"] : ["manyRuns"],
  );
  return {
    readPartials: (name, query) => (here.has(name) ? readFrom(connection, name, query) : reader.read(name, query)),
    savePartials,
  };
}

export interface UpdateOptions {
  /** Whether to look at the last two days alone. */
  readonly recent?: boolean;
  /** Runs up to which nothing is made; for tests. */
  readonly runsMin?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface UpdatedPartials {
  readonly hours: number;
  readonly days: number;
  /** Whether the ledger has so many runs that insights use partial answers. */
  readonly isLarge: boolean;
}

/**
 * Makes what insights keep of hours and days where it is missing, or its runs have changed since. It may be stopped at any time, and run on
 * several servers at once: what they make is the same.
 */
export async function updatePartialAnswers(
  { readPartials, savePartials }: PartialSteps,
  now: Millis,
  { recent = false, runsMin = exactRunsMax, signal }: UpdateOptions = {},
): Promise<UpdatedPartials> {
  const from = now - (recent ? recentMillis : keptMillis);
  const made = { hours: 0, days: 0 };
  // The last two days alone are looked at only where there are many.
  if (!recent && !(await readPartials("manyRuns", { since: from, max: runsMin }))) return { ...made, isLarge: false };
  const tasks = await readPartials("partialTasks", { now, from });
  const deleteBefore = toHour(now - keptMillis - dayMillis);
  const save = (partials: readonly PartialAnswer[]) => retryWhileBusy(() => savePartials({ partials, deleteBefore }));
  const makeHours = async (hours: readonly number[]) => {
    for (const hour of hours) {
      if (signal?.aborted === true) return;
      await save(await readPartials("partialsOfHour", { hour }));
      made.hours++;
    }
  };
  await makeHours(tasks.hours);
  for (const { day, hours } of tasks.days) {
    await makeHours(hours);
    if (signal?.aborted === true) break;
    const partials = await readPartials("partialsOfDay", { day });
    if (partials.length === 0) continue;
    await save(partials);
    made.days++;
  }
  return { ...made, isLarge: true };
}
