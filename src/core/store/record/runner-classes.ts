import type { JobObservation, Observation } from "../../model.ts";
import { otherClass, runnerClassesMax } from "../../runner-class.ts";
import type { Millis } from "../../time.ts";
import { runnerClassRowset } from "../db/rowsets.ts";
import { runnerClassColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";

/** Committed classes. They are never removed, and once there is no room no other one can come. */
export interface RunnerClasses {
  readonly names: ReadonlySet<string>;
  readonly isFull: boolean;
}

export const noRunnerClasses: RunnerClasses = { names: new Set(), isFull: false };

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const runnerClassLock = 7_310_003;

export interface NamedRunners {
  readonly observations: readonly Observation[];
  /** What may be cached once the transaction is committed. */
  readonly classes: RunnerClasses;
}

/**
 * Puts classes in the place of the runners' labels. A class that is new is stored while there is room; after that it is
 * `otherClass`. Nearly every batch has only known classes: it runs no statement and copies nothing.
 */
export async function nameRunners(
  trx: Transaction,
  observations: readonly Observation[],
  classify: (labels: string) => string,
  cached: RunnerClasses,
  now: Millis,
): Promise<NamedRunners> {
  const unknown = findUnknown(observations, classify, cached);
  const classes = unknown.size === 0 || cached.isFull ? cached : await addClasses(trx, unknown, now);
  const toClass = (labels: string) => {
    const name = classify(labels);
    return classes.names.has(name) ? name : otherClass;
  };
  return { observations: observations.map((one) => replaceLabels(one, toClass)), classes };
}

function findUnknown(
  observations: readonly Observation[],
  classify: (labels: string) => string,
  { names }: RunnerClasses,
): ReadonlySet<string> {
  const unknown = new Set<string>();
  for (const { jobs } of observations) {
    if (jobs === undefined) continue;
    for (const { facts } of jobs) {
      if (facts.runnerClass === undefined || facts.runnerClass === null) continue;
      const name = classify(facts.runnerClass);
      if (!names.has(name)) unknown.add(name);
    }
  }
  return unknown;
}

function replaceLabels(observation: Observation, toClass: (labels: string) => string): Observation {
  const { jobs } = observation;
  if (jobs === undefined) return observation;
  let changed: JobObservation[] | undefined;
  for (const [i, job] of jobs.entries()) {
    const labels = job.facts.runnerClass;
    if (labels === undefined || labels === null) continue;
    const runnerClass = toClass(labels);
    if (runnerClass === labels) continue;
    changed ??= [...jobs];
    changed[i] = { ...job, facts: { ...job.facts, runnerClass } };
  }
  return changed === undefined ? observation : { ...observation, jobs: changed };
}

/** Adds as many of these as there is room for. One transaction at a time, so that replicas together stay within the limit. */
async function addClasses(trx: Transaction, unknown: ReadonlySet<string>, now: Millis): Promise<RunnerClasses> {
  if (trx.bulk.engine === "postgres") await trx.query(`select pg_advisory_xact_lock(${runnerClassLock})`);
  const stored = (await trx.query("select name from runner_classes")).map(runnerClassColumns.name.read);
  const names = new Set(stored);
  const room = Math.max(0, runnerClassesMax - names.size);
  const added = [...unknown].filter((name) => !names.has(name)).slice(0, room);
  await trx.write(
    runnerClassRowset,
    added.map((name) => [name, now]),
    (from, columns) => `insert into runner_classes (${columns}) select ${columns} from ${from} where true`,
  );
  for (const name of added) names.add(name);
  return { names, isFull: names.size >= runnerClassesMax };
}
