import type { Classify } from "../classify.ts";
import type { Outcome, Entry } from "../ledger.ts";
import type { Observation } from "../model.ts";
import { project, type Change, type RunRecord } from "../project.ts";
import type { JobRecord } from "../project-jobs.ts";
import { initialSeries, seriesKey, type Increment, type Seen, type Series } from "../rollup.ts";
import { addIncrements } from "./additions.ts";
import { fillRunCompletions, insertJobCompletions, insertRunCompletions, type ToCount } from "./completions.ts";
import { recordDeliveries } from "./deliveries.ts";
import { saveFigures } from "./legacy-figures.ts";
import { meetCollected } from "./legacy-meeting.ts";
import { yieldStandIns } from "./legacy-stand-ins.ts";
import { remembered, resolveSeries, type SeriesMemory, type Slot, type Slots } from "./rollups.ts";
import { lockRuns, runKey, saveJobs, saveRuns, type ChangedJob } from "./runs.ts";
import { saveTallies } from "./tallies.ts";
import type { Transaction } from "./transaction.ts";

export interface RecordOptions {
  readonly classify: Classify;
  readonly seriesMax: number;
  readonly now: number;
  readonly memory: SeriesMemory;
}

/** What a transaction learned that may be remembered once it is committed. */
export interface Recorded {
  readonly outcomes: Outcome[];
  readonly slots: Slots;
  readonly seen: readonly Seen[];
}

/** Everything one batch of deliveries does to the database. The caller commits. */
export async function recordBatch(
  trx: Transaction,
  batch: readonly Entry[],
  options: RecordOptions,
): Promise<Recorded> {
  const outcomes = await recordDeliveries(trx, batch);
  const said = batch.flatMap((entry, i) => (outcomes[i] === "duplicate" ? [] : entry.observations));
  if (said.length === 0) return { outcomes, slots: new Map(), seen: [] };

  const observations = await meetCollected(trx, said);
  const identities = new Map(observations.map((one) => [runKey(one), one]));
  const known = await yieldStandIns(trx, observations, await lockRuns(trx, identities, options.now));
  const { changes, records } = projectAll(observations, known, options.classify);
  const { slots, seen } = await resolveAll(trx, changes, options);
  const slotOf = (series: Series): Slot => {
    const slot = remembered(options.memory, series) ?? slots.get(seriesKey(series));
    if (slot === undefined) throw new Error(`the series of ${series.metric} was not resolved`);
    return slot;
  };
  const runs = [...records].map(([key, record]) => ({ identity: identities.get(key) as Observation, record }));
  const ids = await saveRuns(trx, runs, options.now);
  await saveJobs(trx, changedJobs(changes, records, ids));
  await saveFigures(trx, observations, known, ids);
  const own = changes.map(({ run, change }) => ({ runId: ids.get(run) as number, increments: change.increments }));
  await saveTallies(trx, own, slotOf);
  const counted = await count(trx, changes, { ids, known, slotOf });
  await addIncrements(trx, increments(changes, counted), slotOf);
  return { outcomes, slots, seen };
}

interface RunChange {
  /** Key of the run, see `runKey`. */
  readonly run: string;
  readonly change: Change;
}

function projectAll(
  observations: readonly Observation[],
  known: ReadonlyMap<string, RunRecord>,
  classify: Classify,
): { changes: RunChange[]; records: Map<string, RunRecord> } {
  const records = new Map<string, RunRecord>();
  const changes = observations.map((said) => {
    const run = runKey(said);
    const change = project(records.get(run) ?? known.get(run), said, classify);
    records.set(run, change.record);
    return { run, change };
  });
  return { changes, records };
}

/** Finds the rows of every series that these changes can move, and of those that were seen for the first time. */
async function resolveAll(
  trx: Transaction,
  changes: readonly RunChange[],
  options: RecordOptions,
): Promise<{ slots: Slots; seen: Seen[] }> {
  const { memory } = options;
  const wanted = new Map<string, Series>();
  const fresh: Seen[] = [];
  const want = (series: Series) => {
    if (remembered(memory, series) === undefined) wanted.set(seriesKey(series), series);
  };
  for (const { change } of changes) {
    for (const seen of change.seen) if (!memory.seen[seen.what].has(seen.labels)) fresh.push(seen);
    for (const increment of change.increments) want(increment);
    for (const group of [change.runCompletions, change.jobCompletions, change.filled]) {
      for (const { counter, increments: parts } of group) {
        want(counter);
        for (const part of parts) if (part.metric !== counter.metric) want(part);
      }
    }
  }
  for (const seen of fresh) initialSeries(seen).forEach(want);
  return { slots: await resolveSeries(trx, wanted, options), seen: fresh };
}

interface CountContext {
  readonly ids: ReadonlyMap<string, number>;
  readonly known: ReadonlyMap<string, RunRecord>;
  readonly slotOf: (series: Series) => Slot;
}

async function count(
  trx: Transaction,
  changes: readonly RunChange[],
  { ids, known, slotOf }: CountContext,
): Promise<ToCount[]> {
  const toCount: Record<"runCompletions" | "jobCompletions" | "filled", ToCount[]> = {
    runCompletions: [],
    jobCompletions: [],
    filled: [],
  };
  const told = new Set<string>();
  for (const { run, change } of changes) {
    const runId = ids.get(run) as number;
    const first = !known.has(run) && !told.has(run);
    told.add(run);
    for (const kind of ["runCompletions", "jobCompletions", "filled"] as const) {
      for (const counted of change[kind]) {
        toCount[kind].push({ runId, first, counted, rollupId: slotOf(counted.counter).id });
      }
    }
  }
  return [
    ...(await insertRunCompletions(trx, toCount.runCompletions)),
    ...(await insertJobCompletions(trx, toCount.jobCompletions)),
    ...(await fillRunCompletions(trx, toCount.filled, slotOf)),
  ];
}

function* increments(changes: readonly RunChange[], counted: readonly ToCount[]): Generator<Increment> {
  for (const completion of counted) yield* completion.counted.increments;
  for (const { change } of changes) yield* change.increments;
}

function changedJobs(
  changes: readonly RunChange[],
  records: ReadonlyMap<string, RunRecord>,
  ids: ReadonlyMap<string, number>,
): ChangedJob[] {
  const changed = new Map<string, Set<string>>();
  for (const { run, change } of changes) {
    const jobs = changed.get(run);
    if (jobs === undefined) changed.set(run, new Set(change.changedJobs));
    else for (const job of change.changedJobs) jobs.add(job);
  }
  const all: ChangedJob[] = [];
  for (const [run, jobs] of changed) {
    const known = records.get(run)?.jobs;
    for (const job of jobs) all.push({ runId: ids.get(run) as number, job, record: known?.get(job) as JobRecord });
  }
  return all;
}
