import type { AnswerJob, AnswerRun, Fold } from "../src/answers/answer.ts";
import { createChangesAnswer } from "../src/answers/changes.ts";
import { createPathJobsAnswer } from "../src/answers/path-jobs.ts";
import { createRunnersAnswer } from "../src/answers/runners.ts";
import { createWhatIfAnswer } from "../src/answers/what-if.ts";
import { randomFrom } from "../test/support/random.ts";
import { atMost, info, millis, type Finding } from "./report.ts";

const secondMax = 1000;
const weekMillis = 7 * 86_400_000;
const until = Date.UTC(2026, 10, 20);
const rounds = 3;

/** Jobs of a week, as many as runs times `jobsOfRun`, by day more than by night; half a minute to ten minutes of work each. */
function createRuns(count: number, jobsOfRun: number, random: () => number): readonly AnswerRun[] {
  return Array.from({ length: count }, (_, id) => {
    const queuedAt = until - weekMillis + Math.floor((id / count) * weekMillis);
    const jobs: AnswerJob[] = [];
    for (let at = queuedAt, i = 0; i < jobsOfRun; i++) {
      const startedAt = at + Math.floor(random() * 20_000);
      const finishedAt = startedAt + 30_000 + Math.floor(random() * 570_000);
      jobs.push(createJob(`${id}-${i}`, `job ${i}`, [at, startedAt, finishedAt]));
      // Every third job begins a new stage.
      if (i % 3 === 2) at = finishedAt + 1000;
    }
    return createRun(id + 1, queuedAt, jobs);
  });
}

function createJob(
  nativeId: string,
  name: string,
  [queuedAt, startedAt, finishedAt]: readonly [number, number, number],
) {
  const unstated = { nativeStatus: null, failureReason: null, allowFailure: null, attempt: null, retries: null };
  const gate = { gate: null, gatedAt: null, gateOpenedAt: null, detail: null };
  const times = { queuedAt, startedAt, finishedAt, queueSeconds: (startedAt - queuedAt) / 1000 };
  const durationSeconds = (finishedAt - startedAt) / 1000;
  const kind = { stage: "test", result: "success", runnerClass: "linux" } as const;
  return { nativeId, name, ...kind, ...unstated, ...gate, ...times, durationSeconds };
}

function createRun(id: number, queuedAt: number, jobs: readonly AnswerJob[]): AnswerRun {
  const names = { source: "gitlab", provider: "gitlab", project: `team/${id % 50}`, pipeline: `pipeline ${id % 100}` };
  const commit = { ref: "main", refKind: "branch", defaultBranch: true, sha: `${id}`, change: null } as const;
  const finishedAt = Math.max(...jobs.map((job) => job.finishedAt ?? 0));
  const times = { queuedAt, startedAt: queuedAt, finishedAt, durationSeconds: (finishedAt - queuedAt) / 1000 };
  const progress = { result: "success", nativeStatus: "success", attempt: 1, firstSeenAt: queuedAt } as const;
  return { id, nativeId: `${id}`, ...names, ...commit, ...times, ...progress, graph: null, jobs, completions: [] };
}

/** The computations of insights alone, without a database: the processor time of the best round. */
export async function measureAnswers(): Promise<Finding[]> {
  const random = randomFrom(1);
  const span = { since: until - weekMillis, until };
  const week = createRuns(50_000, 1, random);
  const many = createRuns(70_000, 12, random);
  const question = { ...span, runnerClass: "linux", percentile: 95, targetSeconds: 60, prices: [] };
  const whatIf = measure(() => createWhatIfAnswer(question), week);
  return [
    atMost("50,000 jobs of a week on ten numbers of runners and the least", whatIf, secondMax, millis),
    info("critical paths of 70,000 runs with twelve jobs", millis(measure(() => createPathJobsAnswer(span), many))),
    info("changes among 70,000 runs with twelve jobs", millis(measure(() => createChangesAnswer(span), many))),
    info("runners of 70,000 runs with twelve jobs", millis(measure(() => createRunnersAnswer(span, 60), many))),
  ];
}

function measure(create: () => Fold<unknown>, runs: readonly AnswerRun[]): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const answer = create();
    for (const run of runs) answer.add(run);
    answer.finish();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
