import { expect } from "chai";
import { everything, type AnswerJob, type AnswerRun, type Mergeable, type Span } from "../../src/answers/answer.ts";
import { createFailuresAnswer } from "../../src/answers/failures.ts";
import { createFlakyAnswer } from "../../src/answers/flaky.ts";
import { createPathJobsAnswer } from "../../src/answers/path-jobs.ts";
import { createRedMainAnswer } from "../../src/answers/red-main.ts";
import { createRunnersAnswer } from "../../src/answers/runners.ts";
import type { RunnerUse } from "../../src/answers/runner-use.ts";
import { createWasteAnswer } from "../../src/answers/waste.ts";
import { dayTimesErrorBound } from "../../src/core/day-bucket.ts";
import type { RunResult } from "../../src/core/states.ts";
import { dayMillis } from "../../src/core/time.ts";
import { answer, makeRun } from "../support/model/answer-runs.ts";
import { randomFrom, shuffled } from "../support/random.ts";

/** Days 20,000 to 20,019; the span is about those in the middle. */
const firstDay = 20_000;
const days = 20;
const span: Span = { since: (firstDay + 3) * dayMillis, until: (firstDay + 17) * dayMillis };
const prices = [
  { runnerClass: "linux", from: 0, perMinute: 0.006, rounding: "minute_up" },
  { runnerClass: "linux", from: (firstDay + 9) * dayMillis, perMinute: 0.012, rounding: "second" },
] as const;

/** Runs of four pipelines, some again for one commit, with tries, cancelled and superseded runs. */
function createRuns(count: number, random: () => number): AnswerRun[] {
  const pick = (max: number) => Math.floor(random() * max);
  return Array.from({ length: count }, (_, i) => {
    const queuedAt = firstDay * dayMillis + pick(days * dayMillis);
    const cancelled = pick(8) === 0;
    const jobs: AnswerJob[] = [];
    const addJob = (name: string, readyAt: number, result: RunResult): number => {
      const startedAt = readyAt + pick(90_000);
      const finishedAt = startedAt + 1000 * pick(pick(20) === 0 ? 90_000 : 600);
      jobs.push(
        createJob(
          `${i}-${jobs.length}`,
          name,
          result,
          [readyAt, startedAt, finishedAt],
          pick(3) === 0 ? null : "linux",
        ),
      );
      return finishedAt;
    };
    let red = false;
    for (const name of ["build", "unit", "e2e"]) {
      const failed = pick(6) === 0;
      const result =
        cancelled && name === "e2e" ? "cancellation" : failed ? (pick(3) === 0 ? "error" : "failure") : "success";
      const end = addJob(name, queuedAt, result);
      const retried = failed && pick(2) === 0;
      if (retried) addJob(name, end, "success");
      if (failed && !retried) red = true;
    }
    const finishedAt = Math.max(...jobs.map((job) => job.finishedAt ?? 0));
    const result = cancelled ? "cancellation" : red ? "failure" : "success";
    const pipeline = `pipeline ${pick(4)}`;
    const commit = { pipeline, sha: `sha-${pick(count / 2)}`, ref: pick(3) === 0 ? "main" : `feature-${pick(3)}` };
    const completions = [{ result, finishedAt } as const];
    const times = { queuedAt, startedAt: queuedAt, finishedAt, firstSeenAt: queuedAt };
    return makeRun(i + 1, jobs, { ...commit, ...times, result, completions, defaultBranch: commit.ref === "main" });
  });
}

function createJob(
  nativeId: string,
  name: string,
  result: RunResult,
  [queuedAt, startedAt, finishedAt]: readonly [number, number, number],
  runnerClass: string | null,
): AnswerJob {
  const unstated = { allowFailure: null, attempt: null, retries: null, gate: null, gatedAt: null, gateOpenedAt: null };
  const failureReason = result === "success" ? null : "script_failure";
  const seconds = { queueSeconds: (startedAt - queuedAt) / 1000, durationSeconds: (finishedAt - startedAt) / 1000 };
  const times = { queuedAt, startedAt, finishedAt, ...seconds };
  return {
    nativeId,
    name,
    stage: null,
    result,
    nativeStatus: result,
    failureReason,
    runnerClass,
    detail: null,
    ...unstated,
    ...times,
  };
}

/** What the answer finds where runs are saved in parts of any size, some of them twice over, and the rest is added one by one. */
function answerInParts<Found>(
  create: (of: Span) => Mergeable<Found>,
  runs: readonly AnswerRun[],
  random: () => number,
): Found {
  const parts = Array.from({ length: 5 }, () => create(everything));
  const whole = create(span);
  for (const run of shuffled(runs, random)) (parts[Math.floor(random() * 6)] ?? whole).add(run);
  const joined = create(everything);
  const saved = parts.map((part) => JSON.parse(JSON.stringify(part.save())) as unknown);
  for (const state of shuffled(saved.slice(0, 3), random)) joined.load(state);
  for (const state of shuffled([...saved.slice(3), JSON.parse(JSON.stringify(joined.save())) as unknown], random))
    whole.load(state);
  const again = new Set(whole.listAgain?.());
  for (const run of shuffled(runs, random)) if (again.has(run.id)) whole.addAgain?.(run);
  return whole.finish();
}

describe("answers from parts", () => {
  const random = randomFrom(7);
  const runs = createRuns(600, random);

  const cases: [string, (of: Span) => Mergeable<unknown>][] = [
    ["failures", createFailuresAnswer],
    ["red main", createRedMainAnswer],
    ["critical paths", createPathJobsAnswer],
    ["waste by project", (of) => createWasteAnswer(of, ["project"], prices)],
    ["waste by job, runner class and day", (of) => createWasteAnswer(of, ["job", "runner_class", "day"], prices)],
    ["flaky jobs", (of) => createFlakyAnswer(of, prices)],
  ];
  for (const [title, create] of cases) {
    it(`${title}: the same as from runs, however they are parted`, () => {
      const expected = answer(create(span) as never, runs);
      for (let round = 0; round < 10; round++) expect(answerInParts(create, runs, random)).to.deep.equal(expected);
      expect((expected as { items: readonly unknown[] }).items).to.not.deep.equal([]);
    });
  }

  it("runners: means are the same, and percentiles within the bound", () => {
    const create = (of: Span) => createRunnersAnswer(of, 60);
    const expected = answer(create(span), runs);
    for (let round = 0; round < 10; round++) {
      const found = answerInParts(create, runs, random);
      expect([found.runs, found.jobs]).to.deep.equal([expected.runs, expected.jobs]);
      found.items.forEach((item, i) => expectUse(item, expected.items[i] as RunnerUse));
    }
  });
});

function expectUse(found: RunnerUse, expected: RunnerUse): void {
  const { runnerClass, jobs, runs, meanRunning, meanWaiting } = expected;
  expect(found).to.deep.include({ runnerClass, jobs, runs });
  expect(found.meanRunning).to.be.closeTo(meanRunning, 1e-9);
  expect(found.meanWaiting).to.be.closeTo(meanWaiting, 1e-9);
  for (const key of ["queueP50", "queueP90"] as const)
    expect(found[key]).to.be.closeTo(expected[key], expected[key] * dayTimesErrorBound);
  expect(found.withinTargetShare).to.be.closeTo(expected.withinTargetShare, 0.05);
  // At the beginnings of minutes there are at most as many as at any moment.
  expect(found.peakRunning).to.be.within(1, expected.peakRunning);
  expect(found.peakWaiting).to.be.at.most(expected.peakWaiting);
}
