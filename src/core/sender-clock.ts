import type { JobFacts, Moments, Observation, RunFacts, Version } from "./model.ts";
import { dayMillis, type Millis } from "./time.ts";

/** Clocks differ, and a delivery takes no time back: a sender's time may lie this far ahead of ours without a word. */
const toleranceMillis = 5 * 60 * 1000;
/** A time further ahead of its delivery than this is of no use, and dropped. */
export const aheadMax: Millis = dayMillis;

/** What is said at one place: a run, or a job. */
export interface Part extends Moments {
  readonly version: Version;
  readonly facts: Partial<Pick<RunFacts & JobFacts, "state" | "result" | "finishedAt">>;
}

/** A time that may be stored; `undefined` for one more than a day ahead of its arrival, and for what is no moment. */
export function acceptTime(at: Millis | undefined, receivedAt: Millis): Millis | undefined {
  return at !== undefined && Number.isSafeInteger(at) && at > 0 && at <= receivedAt + aheadMax ? at : undefined;
}

/**
 * The version of a statement, its clock at most minutes ahead of the arrival: a wrong time would win over every true one
 * until its day comes, and a run would go on for ever. What is not over yet then counts as said at the newest of its times
 * that can be true, or of what is `related` to it (of a run its jobs, of a job its run), which are older than its end. An
 * end counts as said when it arrived, so that of a sender whose whole clock runs ahead the end still wins, also when it
 * overtakes what was said before it. See docs/adr/0013.
 */
export function limitVersion(said: Part, receivedAt: Millis, related: readonly Part[] = []): Version {
  const { epoch, clock, rank } = said.version;
  const limit = receivedAt + toleranceMillis;
  if (Number.isSafeInteger(epoch) && Number.isSafeInteger(clock) && clock <= limit) return said.version;
  const sound = { epoch: Number.isSafeInteger(epoch) ? epoch : 0, rank };
  // No number, or a part of one.
  if (!(clock > limit)) return { ...sound, clock: Number.isSafeInteger(Math.floor(clock)) ? Math.floor(clock) : 0 };
  if (said.facts.state === "finished" || (said.facts.result ?? null) !== null) return { ...sound, clock: limit };
  const times = [said, ...related].flatMap(listTimes).filter(({ at }) => at > 0 && at <= limit);
  return {
    ...sound,
    clock: times.length === 0 ? receivedAt : times.reduce((newest, { at }) => Math.max(newest, Math.floor(at)), 0),
  };
}

/** How a sender's clock contradicts ours: `ahead` by less than a day, or by so much that times were `dropped`. */
export interface ClockAnomaly {
  readonly kind: "ahead" | "dropped";
  /** For the delivery's `reason`: which time, by how much, and what became of it. */
  readonly reason: string;
}

/** Whether a delivery tells times that lie ahead of its arrival. */
export function findClockAnomaly(observations: readonly Observation[], receivedAt: Millis): ClockAnomaly | undefined {
  const limit = receivedAt + toleranceMillis;
  const doubted = observations.filter(
    (said) => !isWithin(said, limit) || said.jobs?.some((job) => !isWithin(job, limit)) === true,
  );
  if (doubted.length === 0) return undefined;
  const { of, field, at } = furthestAhead(doubted, limit);
  const isDropped = at > receivedAt + aheadMax;
  const what = `${field} of ${of} is ${Math.round((at - receivedAt) / 1000)} s ahead of this server's clock`;
  const then = isDropped
    ? "what is more than a day ahead was dropped"
    : "it was kept, and decides nothing about which statement is newer";
  return { kind: isDropped ? "dropped" : "ahead", reason: `${what}: ${then}` };
}

/** Nearly every delivery is, so this makes no list. */
function isWithin({ version, queuedAt = 0, startedAt = 0, facts }: Part, limit: Millis): boolean {
  return !(version.clock > limit || queuedAt > limit || startedAt > limit || (facts.finishedAt ?? 0) > limit);
}

interface NamedTime extends Time {
  readonly of: string;
}

/** A time with a name where there is one, else what it was that made the statement new. */
function furthestAhead(observations: readonly Observation[], limit: Millis): NamedTime {
  const named = observations.flatMap((said) => [
    ...listTimes(said).map((time) => ({ ...time, of: `run ${said.run}` })),
    ...(said.jobs ?? []).flatMap((job) => listTimes(job).map((time) => ({ ...time, of: `job ${job.job}` }))),
  ]);
  const newest = (of: string, { version }: Part) => ({ field: "the newest time", at: version.clock, of });
  const versions = observations.flatMap((said) => [
    newest(`run ${said.run}`, said),
    ...(said.jobs ?? []).map((job) => newest(`job ${job.job}`, job)),
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
