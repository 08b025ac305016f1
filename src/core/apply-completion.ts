import { countRun, fillRun, type CompletionFacts, type Counted, type Filled, type RunCounters } from "./completion.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { placeCompletion, type Place } from "./place-completion.ts";
import { placeQueue } from "./place-queue.ts";
import { durationSeconds, queueSeconds } from "./timing.ts";
import type { RunResult } from "./states.ts";
import type { Completions } from "./run-record.ts";

interface RunCompletions {
  readonly runCompletions: readonly Counted[];
  readonly filled: readonly Filled[];
  /** The run's one wait belongs to another completion than the one with which it was stored. */
  readonly queueMoved: boolean;
}

/** What one observation does to the completions of its run: one is new, or one that was there gets times. */
export function applyCompletion(
  said: Observation,
  run: Folded<RunFacts>,
  completions: Completions,
  context: RunCounters,
): RunCompletions {
  const { exemplar } = context;
  // A wait that belongs to the whole run ended when the run started, whichever end the delivery is about.
  const hasStart = said.queuesOnce === true && run.startedAt !== undefined && exemplar !== undefined;
  const waited = hasStart ? { ...exemplar, at: run.startedAt } : exemplar;
  const counters = { ...context, waited };
  const result = said.completedAs ?? said.facts.result ?? null;
  const place = result === null ? undefined : placeCompletion(completions, said);
  let runCompletions: readonly Counted[] = [];
  let filled: readonly Filled[] = [];
  if (place === undefined || result === null) filled = fillLatest(completions, said, run, context);
  else if (place.fills === undefined) {
    const completion = measure(completions, said, result, run);
    completions.set(place.key, completion);
    // The delivery is about a later end, so the time of this one is not known.
    const link = said.end === "earlier" ? undefined : exemplar;
    runCompletions = [countRun(place.key, completion, { ...counters, exemplar: link }, said.extension?.increments)];
  } else filled = fillWith(completions, place, measure(completions, said, result, run), counters);
  return { runCompletions, filled, queueMoved: said.queuesOnce === true && placeQueue(completions) };
}

function measure(
  completions: Completions,
  said: Observation,
  result: RunResult,
  run: Folded<RunFacts>,
): CompletionFacts {
  // The attempt is timed by what this delivery says of it, and by earlier moments only if they are of the same attempt.
  const isSameAttempt = run.version.epoch === said.version.epoch;
  const timed = isSameAttempt ? merge(run, toFolded<RunFacts>(said)) : toFolded<RunFacts>(said);
  const attempt = { ...timed, facts: { ...timed.facts, ...said.facts } };
  const isTimed = said.end !== "earlier";
  const hasQueued = said.queuesOnce === true && [...completions.values()].some((c) => c.queueSeconds !== null);
  // A run that was cancelled may have been so before it started; what a later end tells of its wait is of a later start then.
  const mayBeUnstarted = !isTimed && (result === "cancellation" || result === "skip");
  return {
    order: said.version.epoch,
    result,
    finishedAt: isTimed ? (said.facts.finishedAt ?? null) : null,
    durationSeconds: isTimed ? durationSeconds(attempt) : null,
    queueSeconds: hasQueued || mayBeUnstarted ? null : queueSeconds(attempt),
  };
}

/**
 * Times of a completion that was counted without them: because the delivery of a later end proved it, or (its wait) because
 * it came from a saved pipeline. Nothing is counted again.
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
  // The completion is counted already; this moves the time of the counter's exemplar, which was not known then.
  const latest = { ...filled.counter, count: 0, exemplar: counters.exemplar };
  const increments = isUntimed ? [latest, ...filled.increments] : filled.increments;
  if (increments.length === 0) return [];
  completions.delete(fills);
  completions.set(key, completion);
  return [{ ...filled, renamed: key, increments }];
}

/** A moment that arrives after the result still yields its time, once. */
function fillLatest(
  completions: Completions,
  said: Observation,
  run: Folded<RunFacts>,
  counters: RunCounters,
): readonly Filled[] {
  // GitLab's deliveries of an end have all its times, and the run's own times may be those of a later end with the same jobs.
  if (said.retriesByName === true || run.facts.state !== "finished") return [];
  const [key, old] = findLatest(completions, run.version.epoch) ?? [];
  if (key === undefined || old === undefined) return [];
  const duration = old.durationSeconds ?? durationSeconds(run);
  const queue = old.queueSeconds ?? queueSeconds(run);
  if (duration === old.durationSeconds && queue === old.queueSeconds) return [];
  const completion = { ...old, durationSeconds: duration, queueSeconds: queue };
  completions.set(key, completion);
  return [fillRun(key, old, completion, counters)];
}

/** Of two completions of one attempt the greater key is taken, because a database hands rows out in any order. */
function findLatest(completions: Completions, order: number): readonly [string, CompletionFacts] | undefined {
  let latest: readonly [string, CompletionFacts] | undefined;
  for (const entry of completions) {
    if (entry[1].order === order && (latest === undefined || entry[0] > latest[0])) latest = entry;
  }
  return latest;
}
