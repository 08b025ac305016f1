import type { JobFacts, Moments, Observation, RunFacts, Version } from "./model.ts";
import { dayMillis, type Millis } from "./time.ts";

/** Clocks differ: a sender's time may lie this far ahead of ours before it is reported as an anomaly. */
const toleranceMillis = 5 * 60 * 1000;
/** A time further ahead of its delivery than this is useless and dropped. */
export const aheadMax: Millis = dayMillis;

/** The part of an observation about the run, or about one job. */
export interface Part extends Moments {
  readonly version: Version;
  readonly facts: Partial<Pick<RunFacts & JobFacts, "state" | "result" | "finishedAt">>;
}

/** A time that may be stored; `undefined` when it is more than a day ahead of its arrival, or no time at all. */
export function acceptTime(at: Millis | undefined, receivedAt: Millis): Millis | undefined {
  return at !== undefined && Number.isSafeInteger(at) && at > 0 && at <= receivedAt + aheadMax ? at : undefined;
}

/**
 * Limits the clock of a version to a few minutes after the arrival: a wrong time in the future would win over every correct
 * one until that day comes, and the run would never finish. An unfinished part then gets the newest of its times that can be
 * correct, or of the `related` parts (for a run its jobs, for a job its run), all of which are older than its end. An end gets
 * the limit itself, so that it wins also where the sender's whole clock runs ahead, and where it overtakes earlier
 * deliveries. See docs/adr/0013.
 */
export function limitVersion(part: Part, receivedAt: Millis, related: readonly Part[] = []): Version {
  const { epoch, clock, rank } = part.version;
  const limit = receivedAt + toleranceMillis;
  if (Number.isSafeInteger(epoch) && Number.isSafeInteger(clock) && clock <= limit) return part.version;
  const sound = { epoch: Number.isSafeInteger(epoch) ? epoch : 0, rank };
  // Not a number, or not a whole one.
  if (!(clock > limit)) return { ...sound, clock: Number.isSafeInteger(Math.floor(clock)) ? Math.floor(clock) : 0 };
  if (part.facts.state === "finished" || (part.facts.result ?? null) !== null) return { ...sound, clock: limit };
  const times = [part, ...related].flatMap(listTimes).filter(({ at }) => at > 0 && at <= limit);
  return {
    ...sound,
    clock: times.length === 0 ? receivedAt : times.reduce((newest, { at }) => Math.max(newest, Math.floor(at)), 0),
  };
}

/** How a sender's clock contradicts ours: `ahead` by less than a day, or by so much that times were `dropped`. */
export interface ClockAnomaly {
  readonly kind: "ahead" | "dropped";
  /** For the delivery's `reason`: the time, how far it is ahead, and whether it was stored. */
  readonly reason: string;
}

/** Finds times of a delivery that lie ahead of its arrival. */
export function findClockAnomaly(observations: readonly Observation[], receivedAt: Millis): ClockAnomaly | undefined {
  const limit = receivedAt + toleranceMillis;
  const ahead = observations.filter(
    (observation) => !isWithin(observation, limit) || observation.jobs?.some((job) => !isWithin(job, limit)) === true,
  );
  if (ahead.length === 0) return undefined;
  const { of, field, at } = findFurthestAhead(ahead, limit);
  const isDropped = at > receivedAt + aheadMax;
  const what = `${field} of ${of} is ${Math.round((at - receivedAt) / 1000)} s ahead of this server's clock`;
  const then = isDropped
    ? "what is more than a day ahead was dropped"
    : "it was stored, but does not decide which statement is newer";
  return { kind: isDropped ? "dropped" : "ahead", reason: `${what}: ${then}` };
}

/** True for nearly every delivery, so this allocates no list. */
function isWithin({ version, queuedAt = 0, startedAt = 0, facts }: Part, limit: Millis): boolean {
  return !(version.clock > limit || queuedAt > limit || startedAt > limit || (facts.finishedAt ?? 0) > limit);
}

interface NamedTime extends Time {
  readonly of: string;
}

/** The time that is furthest ahead: a named field where one is over the limit, else the clock of a version. */
function findFurthestAhead(observations: readonly Observation[], limit: Millis): NamedTime {
  const named = observations.flatMap((observation) => [
    ...listTimes(observation).map((time) => ({ ...time, of: `run ${observation.run}` })),
    ...(observation.jobs ?? []).flatMap((job) => listTimes(job).map((time) => ({ ...time, of: `job ${job.job}` }))),
  ]);
  const newest = (of: string, { version }: Part) => ({ field: "the newest time", at: version.clock, of });
  const versions = observations.flatMap((observation) => [
    newest(`run ${observation.run}`, observation),
    ...(observation.jobs ?? []).map((job) => newest(`job ${job.job}`, job)),
  ]);
  const furthest = (times: readonly NamedTime[]) => times.reduce((a, b) => (b.at > a.at ? b : a));
  const worst = furthest(named);
  return worst.at > limit ? worst : furthest(versions);
}

interface Time {
  readonly field: string;
  readonly at: Millis;
}

function listTimes({ queuedAt = 0, startedAt = 0, facts }: Part): Time[] {
  return [
    { field: "queued_at", at: queuedAt },
    { field: "started_at", at: startedAt },
    { field: "finished_at", at: facts.finishedAt ?? 0 },
  ];
}
