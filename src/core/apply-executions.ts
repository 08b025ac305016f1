import { countRun, fillRun, type CompletionFacts, type RunCounters } from "./completion.ts";
import { completeExecutions, fillExecutions, isUnderWay } from "./execution-completions.ts";
import { executionsMax, addExecution, showLatest } from "./executions.ts";
import type { Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import type { Execution } from "./execution.ts";
import type { Completions, RunRecord } from "./run-record.ts";

/** Applies an observation whose run id several executions may share. Adds what is new to `completions`. */
export function applyExecutions(
  before: RunRecord | undefined,
  observation: Observation,
  merged: Folded<RunFacts>,
  completions: Completions,
  counters: RunCounters,
) {
  const remembered = addExecution(before?.executions, before?.folded, completions, observation);
  const { all, added } = completeExecutions(observation.run, observation, { all: remembered, completions });
  const executions = all.slice(-executionsMax);
  for (const [key, completion] of added) completions.set(key, completion);
  const filled = fillExecutions({ all: executions, completions }).map(([key, completion]) => {
    const old = completions.get(key) as CompletionFacts;
    completions.set(key, completion);
    return fillRun(key, old, completion, counters);
  });
  return {
    run: showLatest(merged, { all: executions, completions }),
    executions,
    runCompletions: added.map(([key, completion]) => countRun(key, completion, counters)),
    filled,
  };
}

const ofAnEnd: ReadonlySet<string> = new Set(["state", "result", "nativeStatus", "finishedAt", "durationSeconds"]);

/** Removes the end from an observation that was sent in the middle of the work: the run has not finished. */
export function withoutFalseEnd(before: RunRecord | undefined, observation: Observation): Observation {
  const all: readonly Execution[] = before?.executions ?? [];
  if (!isUnderWay(observation, { all, completions: before?.completions ?? new Map() })) return observation;
  const facts = Object.fromEntries(Object.entries(observation.facts).filter(([name]) => !ofAnEnd.has(name)));
  return { ...observation, facts, completion: undefined };
}
