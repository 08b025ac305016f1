import { compareTexts, type Answer, type Span } from "./answer.ts";
import { nameThing, type Change } from "./change.ts";
import { collectExecutions } from "./execution-changes.ts";
import { finishInSteps } from "./finish-in-steps.ts";
import { collectWaits } from "./queue-changes.ts";
import { isCarriedOver } from "../core/job-end.ts";

export const changesDefinition =
  "duration: lasting changes of the median by at least 10 % and 10 s among the last 400 successes on the default branch (Hampel " +
  "filter, E-divisive with Student's t, p < 0.0001); success: more failures on the default branch in the 7 days before until than in " +
  "the 28 days before them, by at least 5 points, with at least 3 failures in 6 executions (Fisher's exact test, p < 0.05); queue: a " +
  "90th percentile of the queue time of a runner class that is longer by at least 10 % and 10 s, for the same days (the same test)";

/** Histories that are searched before others may work: some milliseconds. */
const historiesOfStep = 10;

/** Finds what changed in a span. It needs the runs from `computeChangesLookback` before it. */
export function createChangesAnswer(span: Span): Answer<Change> {
  const executions = collectExecutions(span);
  const waits = collectWaits(span);
  const count = { runs: 0, jobs: 0 };
  return {
    add(run) {
      const jobs = run.jobs.filter((job) => !isCarriedOver(job));
      count.runs++;
      count.jobs += jobs.length;
      executions.add(run, jobs);
      waits.add(run, jobs);
    },
    ...finishInSteps(function* () {
      const changes = waits.list();
      let searched = 0;
      for (const found of executions.list()) {
        changes.push(...found);
        if (++searched % historiesOfStep === 0) yield;
      }
      const inSpan = changes.filter(({ at }) => at >= span.since);
      return { ...count, items: inSpan.toSorted(compareChanges) };
    }),
  };
}

/** The greatest turn for the worse first, the greatest one for the better last. */
function compareChanges(a: Change, b: Change): number {
  return computeWorsening(b) - computeWorsening(a) || b.at - a.at || compareTexts(nameChange(a), nameChange(b));
}

/** By which factor it became worse, as a finite number; below 1: it became better. */
function computeWorsening({ what, before, after }: Change): number {
  const [good, bad] = what === "success" ? [after, before] : [before, after];
  return good === 0 ? Number.MAX_VALUE : bad / good;
}

function nameChange(change: Change): string {
  return change.what + nameThing(change);
}
