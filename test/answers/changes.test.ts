import { expect } from "chai";
import type { AnswerRun } from "../../src/answers/answer.ts";
import { computeChangesLookback } from "../../src/answers/change.ts";
import { createChangesAnswer } from "../../src/answers/changes.ts";
import { findQueueRise, findSuccessDrop } from "../../src/answers/share-changes.ts";
import type { RunResult } from "../../src/core/states.ts";
import { dayMillis } from "../../src/core/time.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at, dawn } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const hour = 3600;
const day = 24 * hour;
/** The span is the last 14 of 42 days. */
const days = 42;
const span = { since: at((days - 14) * day), until: at(days * day) };

interface RunOfDay {
  readonly seconds: number;
  readonly result: RunResult;
  readonly wait?: number;
}

/** Four runs a day of one pipeline with one job, `make` says how each of them went. */
function makeHistory(make: (day: number, index: number) => RunOfDay, more: Partial<AnswerRun> = {}): AnswerRun[] {
  return Array.from({ length: days * 4 }, (_, index) => {
    const queued = index * 6 * hour;
    const { seconds, result, wait = 5 } = make(Math.floor(index / 4), index);
    const started = queued + wait;
    const job = makeJob("test", result, { queued, started, finished: started + seconds });
    return makeRun(index + 1, [{ ...job, runnerClass: "linux" }], { result, ...more });
  });
}

function find(runs: readonly AnswerRun[]) {
  return answer(createChangesAnswer(span), runs);
}

const steady: RunOfDay = { seconds: 300, result: "success" };
const nothing = { provider: null, source: null, project: null, pipeline: null, stage: null, jobName: null };
const pipeline = { provider: "gitlab", source: "main", project: "shop/cart", pipeline: "checkout", stage: null };

describe("changes", () => {
  it("are none in a steady history", () => {
    const findings = find(makeHistory((_, index) => ({ ...steady, seconds: 300 + (index % 7) })));

    expect(findings).to.deep.equal({ runs: days * 4, jobs: days * 4, items: [] });
  });

  it("of a duration name the first run of the new level, for the job and for its pipeline", () => {
    const slower = (_: number, index: number) => ({ ...steady, seconds: (index < 120 ? 300 : 390) + (index % 7) });

    const { items } = find(makeHistory(slower));

    expect(items).to.have.length(1);
    const [{ p, ...change } = { p: 1 }] = items;
    expect(change).to.deep.equal({
      ...pipeline,
      what: "duration",
      jobName: "test",
      runnerClass: null,
      before: 303,
      after: 393,
      runId: 121,
      sha: "sha-121",
      at: at(120 * 6 * hour + 5 + 390 + (120 % 7)),
    });
    expect(p).to.be.below(1e-9);
    const both = find(
      makeHistory(slower).map((run) => ({ ...run, durationSeconds: run.jobs[0]?.durationSeconds ?? 0 })),
    );
    expect(both.items.map(({ jobName }) => jobName)).to.have.members(["test", null]);
  });

  it("of a duration are not shown if they were before the span", () => {
    const slower = (_: number, index: number) => ({ ...steady, seconds: index < 80 ? 300 : 390 });

    expect(find(makeHistory(slower)).items).to.deep.equal([]);
  });

  it("of success compare the last 7 days with the 28 before, and name the first failure", () => {
    const failing = (ofDay: number, index: number): RunOfDay => ({
      ...steady,
      result: (ofDay >= days - 7 && index % 3 === 0) || index === 100 ? "failure" : "success",
    });

    const { items } = find(makeHistory(failing));

    expect(items.map(({ what, jobName }) => [what, jobName])).to.deep.equal([
      ["success", null],
      ["success", "test"],
    ]);
    // The first run of these days is number 141; every third one fails, from number 142 on.
    const first = (days - 7) * 4 + 2;
    expect(items[1]).to.include({
      before: 111 / 112,
      after: 19 / 28,
      runId: first,
      sha: `sha-${first}`,
      runnerClass: null,
    });
    expect(items[1]?.p).to.be.below(0.05);
  });

  it("of the queue are found by runner class, on all branches", () => {
    const waiting = (ofDay: number, index: number) => ({ ...steady, wait: ofDay >= days - 3 ? 100 : index % 10 });

    const { items } = find(makeHistory(waiting, { defaultBranch: false, ref: "topic" }));

    expect(items).to.have.length(1);
    const first = (days - 3) * 4 + 1;
    expect(items[0]).to.include({
      ...nothing,
      what: "queue",
      runnerClass: "linux",
      after: 100,
      runId: first,
    });
    expect(items[0]?.before).to.be.closeTo(8.9, 1e-9);
  });

  it("of durations and success are those of the default branch, or of any branch where it is not known", () => {
    const slower = (_: number, index: number) => ({ ...steady, seconds: index < 120 ? 300 : 390 });
    const count = (more: Partial<AnswerRun>) => find(makeHistory(slower, more)).items.length;

    expect(count({ defaultBranch: true })).to.equal(1);
    expect(count({ defaultBranch: false })).to.equal(0);
    expect(count({ defaultBranch: null, refKind: null })).to.equal(1);
    expect(count({ defaultBranch: null, refKind: "branch" })).to.equal(1);
    expect(count({ defaultBranch: null, refKind: "merge_request" })).to.equal(0);
  });

  it("come with the greatest turn for the worse first, and do not depend on the order of the runs", () => {
    const steps = [1.2, 2, 0.5];
    const runs = steps.flatMap((step, i) =>
      makeHistory((_, index) => ({ ...steady, seconds: Math.round(300 * (index < 130 ? 1 : step)) + (index % 5) }), {
        pipeline: `pipeline-${i}`,
      }).map((run) => ({ ...run, id: run.id + i * 1000 })),
    );

    const found = find(runs);

    expect(found.items.map((item) => item.pipeline)).to.deep.equal(["pipeline-1", "pipeline-0", "pipeline-2"]);
    for (const seed of [1, 2]) expect(find(shuffled(runs, randomFrom(seed)))).to.deep.equal(found);
  });

  it("of a long history are looked for among its last 400 successes", () => {
    const times = Array.from({ length: 1500 }, (_, i) => dawn + i * 1000);
    const runs = times.map((finishedAt, i) => {
      const seconds = i < 1060 ? 300 : i < 1200 ? 600 : 300;
      const job = makeJob("test", "success", {}, { finishedAt, durationSeconds: seconds, startedAt: null });
      return makeRun(i + 1, [job]);
    });

    const { items } = answer(createChangesAnswer({ since: dawn, until: dawn + dayMillis }), runs);

    expect(items.map(({ runId }) => runId)).to.deep.equal([1201]);
  });

  it("are the same where other work comes in between", () => {
    const runs = Array.from({ length: 30 }, (_, i) =>
      makeHistory((_day, index) => ({ ...steady, seconds: index < 130 ? 300 : 500 + (index % 5) }), {
        project: `p${i}`,
      }),
    ).flat();
    const created = createChangesAnswer(span);
    for (const run of runs) created.add(run);
    let steps = 0;
    while (created.work?.() === true) steps++;

    expect(steps).to.be.above(4);
    expect(created.finish()).to.deep.equal(find(runs));
    expect(created.finish().items).to.have.length(30);
  });

  it("need the runs of 28 days before the span, and of 35 before its end", () => {
    expect(computeChangesLookback(span)).to.equal(28 * dayMillis);
    expect(computeChangesLookback({ since: span.until - dayMillis, until: span.until })).to.equal(34 * dayMillis);
  });
});

describe("a drop of success", () => {
  it("needs 3 failures in 6 executions, 5 points, and less chance than 5 %", () => {
    expect(findSuccessDrop({ hits: 3, tries: 6 }, { hits: 1, tries: 30 })).to.deep.include({ after: 0.5 });
    expect(findSuccessDrop({ hits: 2, tries: 6 }, { hits: 0, tries: 300 })).to.equal(undefined);
    expect(findSuccessDrop({ hits: 3, tries: 5 }, { hits: 0, tries: 300 })).to.equal(undefined);
    expect(findSuccessDrop({ hits: 3, tries: 100 }, { hits: 12, tries: 400 })).to.equal(undefined);
    expect(findSuccessDrop({ hits: 400, tries: 10_000 }, { hits: 100, tries: 10_000 })).to.equal(undefined);
    expect(findSuccessDrop({ hits: 6, tries: 12 }, { hits: 1, tries: 5 })).to.equal(undefined);
  });
});

describe("a rise of the queue", () => {
  const waits = (count: number, seconds: number) => Array.from({ length: count }, (_, i) => seconds + (i % 10));

  it("needs a 90th percentile that is longer by 10 % and 10 s, and six jobs on both sides", () => {
    const rise = findQueueRise(waits(50, 60), waits(200, 20));
    expect(rise?.before).to.be.closeTo(28.1, 1e-9);
    expect(rise?.after).to.be.closeTo(68.1, 1e-9);
    expect(rise?.p).to.be.below(1e-9);
    expect(findQueueRise(waits(50, 25), waits(200, 20))).to.equal(undefined);
    expect(findQueueRise(waits(50, 1030), waits(200, 1000))).to.equal(undefined);
    expect(findQueueRise(waits(50, 20), waits(200, 60))).to.equal(undefined);
    expect(findQueueRise(waits(5, 600), waits(200, 20))).to.equal(undefined);
    expect(findQueueRise(waits(50, 600), waits(5, 20))).to.equal(undefined);
  });
});
