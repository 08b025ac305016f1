import type { AnswerJob, AnswerRun, Findings, Answer } from "../../../src/answers/answer.ts";
import type { RunResult } from "../../../src/core/states.ts";
import { at } from "./observations.ts";

/** Runs and jobs as answers read them. Times are seconds after `dawn`. */

let jobs = 0;

interface JobTimes {
  readonly queued?: number;
  readonly started?: number;
  readonly finished?: number;
}

/** A job that was queued and started at `queued` and finished ten seconds later, unless `times` differ. */
export function makeJob(
  name: string,
  result: RunResult | null,
  { queued = 0, started = queued, finished = started + 10 }: JobTimes = {},
  more: Partial<AnswerJob> = {},
): AnswerJob {
  return {
    nativeId: String(++jobs),
    name,
    stage: null,
    result,
    nativeStatus: result,
    failureReason: null,
    allowFailure: null,
    attempt: null,
    retries: null,
    runnerClass: null,
    gate: null,
    gatedAt: null,
    gateOpenedAt: null,
    detail: null,
    queuedAt: at(queued),
    startedAt: at(started),
    finishedAt: result === null ? null : at(finished),
    queueSeconds: started - queued,
    durationSeconds: result === null ? null : finished - started,
    ...more,
  };
}

/** A finished run of the default branch, with a commit of its own. */
export function makeRun(id: number, ofRun: readonly AnswerJob[], more: Partial<AnswerRun> = {}): AnswerRun {
  const isRed = ofRun.some(({ result }) => result === "failure");
  const ends = ofRun.flatMap(({ finishedAt }) => (finishedAt === null ? [] : [finishedAt]));
  return {
    id,
    nativeId: String(id),
    source: "main",
    provider: "gitlab",
    project: "shop/cart",
    pipeline: "checkout",
    ref: "main",
    refKind: "branch",
    defaultBranch: true,
    sha: `sha-${id}`,
    change: null,
    result: isRed ? "failure" : "success",
    nativeStatus: null,
    attempt: 1,
    queuedAt: at(0),
    startedAt: at(0),
    finishedAt: ends.length === 0 ? null : Math.max(...ends),
    durationSeconds: null,
    firstSeenAt: at(0),
    graph: null,
    jobs: ofRun,
    completions: [],
    ...more,
  };
}

/** What an answer finds in these runs, which it gets in this order. */
export function answer<Item>(created: Answer<Item>, runs: readonly AnswerRun[]): Findings<Item> {
  for (const run of runs) created.add(run);
  const again = new Set(created.listAgain?.());
  for (const run of runs) if (again.has(run.id)) created.addAgain?.(run);
  return created.finish();
}
