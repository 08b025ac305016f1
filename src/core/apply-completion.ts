import { countRun, fillRun, type CompletionFacts, type Counted, type Filled, type RunCounters } from "./completion.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { placeCompletion, type Place } from "./place-completion.ts";
import { placeQueue } from "./place-queue.ts";
import { computeDuration, computeQueueTime } from "./timing.ts";
import type { RunResult } from "./states.ts";
import type { Completions } from "./run-record.ts";

interface RunCompletions {
  readonly runCompletions: readonly Counted[];
  readonly filled: readonly Filled[];
  /** The run's one queue time moved from the completion that holds it in the database to another one. */
  readonly queueMoved: boolean;
}

/** Applies one observation to the completions of its run: adds a new one, or fills in times of a stored one. */
export function applyCompletion(
  observation: Observation,
  run: Folded<RunFacts>,
  completions: Completions,
  context: RunCounters,
): RunCompletions {
  const { exemplar } = context;
  // A queue time of the whole run ended when the run started, whichever end the delivery is about.
  const hasStart = observation.queuesOnce === true && run.startedAt !== undefined && exemplar !== undefined;
  const waited = hasStart ? { ...exemplar, at: run.startedAt } : exemplar;
  const counters = { ...context, waited };
  const result = observation.completedAs ?? observation.facts.result ?? null;
  const place = result === null ? undefined : placeCompletion(completions, observation);
  let runCompletions: readonly Counted[] = [];
  let filled: readonly Filled[] = [];
  if (place === undefined || result === null) filled = fillLatest(completions, observation, run, context);
  else if (place.fills === undefined) {
    const completion = measure(completions, observation, result, run);
    completions.set(place.key, completion);
    // The delivery is about a later end, so the time of this end is unknown.
    const link = observation.end === "earlier" ? undefined : exemplar;
    runCompletions = [
      countRun(place.key, completion, { ...counters, exemplar: link }, observation.extension?.increments),
    ];
  } else filled = fillWith(completions, place, measure(completions, observation, result, run), counters);
  return { runCompletions, filled, queueMoved: observation.queuesOnce === true && placeQueue(completions) };
}

function measure(
  completions: Completions,
  observation: Observation,
  result: RunResult,
  run: Folded<RunFacts>,
): CompletionFacts {
  // Times come from this delivery; earlier moments are used only when they belong to the same attempt.
  const isSameAttempt = run.version.epoch === observation.version.epoch;
  const timed = isSameAttempt ? merge(run, toFolded<RunFacts>(observation)) : toFolded<RunFacts>(observation);
  const attempt = { ...timed, facts: { ...timed.facts, ...observation.facts } };
  const isTimed = observation.end !== "earlier";
  const hasQueued = observation.queuesOnce === true && [...completions.values()].some((c) => c.queueSeconds !== null);
  // A run may be cancelled before it started; the queue time that a later end reports then belongs to a later start.
  const mayBeUnstarted = !isTimed && (result === "cancellation" || result === "skip");
  return {
    order: observation.version.epoch,
    result,
    finishedAt: isTimed ? (observation.facts.finishedAt ?? null) : null,
    durationSeconds: isTimed ? computeDuration(attempt) : null,
    queueSeconds: hasQueued || mayBeUnstarted ? null : computeQueueTime(attempt),
  };
}

/**
 * Fills in times of a completion that was counted without them: because the delivery of a later end proved it, or (its queue
 * time) because it came from a saved pipeline. Nothing is counted again.
 */
function fillWith(
  completions: Completions,
  { key, fills = key }: Place,
  measured: CompletionFacts,
  counters: RunCounters,
): readonly Filled[] {
  const old = completions.get(fills) as CompletionFacts;
  const isUntimed = old.finishedAt === null;
  const completion: CompletionFacts = {
    ...old,
    finishedAt: old.finishedAt ?? measured.finishedAt,
    durationSeconds: isUntimed ? (old.durationSeconds ?? measured.durationSeconds) : old.durationSeconds,
    queueSeconds: old.queueSeconds ?? measured.queueSeconds,
  };
  const filled = fillRun(fills, old, completion, counters);
  // The completion is counted already (count 0); this only sets the time of the counter's exemplar, which was unknown then.
  const latest = { ...filled.counter, count: 0, exemplar: counters.exemplar };
  const increments = isUntimed ? [latest, ...filled.increments] : filled.increments;
  if (increments.length === 0) return [];
  completions.delete(fills);
  completions.set(key, completion);
  return [{ ...filled, renamed: key, increments }];
}

/** A moment that arrives after the result still adds its duration or queue time, once. */
function fillLatest(
  completions: Completions,
  observation: Observation,
  run: Folded<RunFacts>,
  counters: RunCounters,
): readonly Filled[] {
  // A GitLab delivery of an end has all its times, and the run's own times may belong to a later end with the same jobs.
  if (observation.retriesByName === true || run.facts.state !== "finished") return [];
  const [key, old] = findLatest(completions, run.version.epoch) ?? [];
  if (key === undefined || old === undefined) return [];
  const duration = old.durationSeconds ?? computeDuration(run);
  const queue = old.queueSeconds ?? computeQueueTime(run);
  if (duration === old.durationSeconds && queue === old.queueSeconds) return [];
  const completion = { ...old, durationSeconds: duration, queueSeconds: queue };
  completions.set(key, completion);
  return [fillRun(key, old, completion, counters)];
}

/** Of two completions of one attempt the one with the greater key, because a database returns rows in any order. */
function findLatest(completions: Completions, order: number): readonly [string, CompletionFacts] | undefined {
  let latest: readonly [string, CompletionFacts] | undefined;
  for (const entry of completions) {
    if (entry[1].order === order && (latest === undefined || entry[0] > latest[0])) latest = entry;
  }
  return latest;
}
