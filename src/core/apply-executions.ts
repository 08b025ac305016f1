import { countRun, fillRun, type CompletionFacts, type RunCounters } from "./completion.ts";
import { completeExecutions, fillExecutions, isUnderWay } from "./execution-completions.ts";
import { executionsMax, rememberExecution, showLatest } from "./executions.ts";
import type { Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import type { Execution } from "./execution.ts";
import type { Completions, RunRecord } from "./run-record.ts";

/** What an observation does to an id that several runs had or may have. `completions` gets what is new. */
export function applyExecutions(
  before: RunRecord | undefined,
  said: Observation,
  merged: Folded<RunFacts>,
  completions: Completions,
  counters: RunCounters,
) {
  const remembered = rememberExecution(before?.executions, before?.known, completions, said);
  const { all, added } = completeExecutions(said.run, said, { all: remembered, completions });
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

/** Without the end where it was sent in the middle of the work: it does not show the state of the run. */
export function withoutFalseEnd(before: RunRecord | undefined, said: Observation): Observation {
  const all: readonly Execution[] = before?.executions ?? [];
  if (!isUnderWay(said, { all, completions: before?.completions ?? new Map() })) return said;
  const facts = Object.fromEntries(Object.entries(said.facts).filter(([name]) => !ofAnEnd.has(name)));
  return { ...said, facts, completion: undefined };
}
