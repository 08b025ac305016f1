import { expect } from "chai";
import { array, assert, constantFrom, integer, property, record } from "fast-check";
import type { AnswerCompletion, AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { createTimeToPassAnswer } from "../../src/answers/time-to-pass.ts";
import { summarizeWeeks } from "../../src/answers/time-to-pass-weeks.ts";
import type { RunResult } from "../../src/core/states.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const span = { since: at(0), until: at(10_000) };
const find = (runs: readonly AnswerRun[], within = span) => answer(createTimeToPassAnswer(within), runs);

type End = readonly [second: number, result: RunResult];

function run(id: number, ends: readonly End[], jobs: readonly AnswerJob[], more: Partial<AnswerRun> = {}): AnswerRun {
  const completions = ends.map(([second, result]): AnswerCompletion => ({ result, finishedAt: at(second) }));
  return makeRun(id, jobs, { sha: "c0ffee", completions, result: completions.at(-1)?.result ?? null, ...more });
}

const work = (queued: number, started: number, finished: number, result: RunResult = "success") =>
  makeJob("job", result, { queued, started, finished });

describe("the time until a commit passes", () => {
  it("of three attempts by hand, in parts that sum to it", () => {
    const jobs = [
      work(0, 10, 70, "failure"),
      work(200, 230, 290, "failure"),
      makeJob(
        "job",
        "success",
        { queued: 460, started: 470, finished: 530 },
        { gate: "approval", gatedAt: at(400), gateOpenedAt: at(460) },
      ),
      work(540, 545, 600),
    ];
    // A rerun moved the run's own begin to that of its last attempt.
    const one = run(
      1,
      [
        [70, "failure"],
        [290, "failure"],
        [610, "success"],
      ],
      jobs,
      { queuedAt: at(400), change: "7" },
    );

    const { items, runs, jobs: count } = find([one]);

    expect([runs, count]).to.deep.equal([1, 4]);
    expect(items).to.deep.equal([
      {
        provider: "gitlab",
        source: "main",
        project: "shop/cart",
        change: "7",
        ref: "main",
        sha: "c0ffee",
        queuedAt: at(0),
        passedAt: at(610),
        seconds: 610,
        parts: { execution: 235, queue: 55, approval: 60, idle: 240, other: 20 },
        attempts: 3,
        firstTry: false,
        firstRedSeconds: 70,
        runId: 1,
        runIds: [1],
      },
    ]);
  });

  it("is not over while a pipeline has not passed, and such a commit is not dropped", () => {
    const red = run(1, [[100, "failure"]], [work(0, 10, 100, "failure")]);
    const executing = run(2, [], [makeJob("job", null, { queued: 0 })], { sha: "decade", result: null });

    const { items } = find([red, executing]);

    expect(items.map(({ sha, passedAt, seconds, firstTry }) => [sha, passedAt, seconds, firstTry])).to.deep.equal([
      ["c0ffee", null, 10_000, false],
      ["decade", null, 10_000, null],
    ]);
    expect(items[0]?.parts).to.deep.equal({ execution: 90, queue: 10, approval: 0, idle: 9900, other: 0 });
  });

  it("ends when the last of its pipelines has passed; a later one does not open it again", () => {
    const quick = run(1, [[100, "success"]], [work(0, 0, 100)], { pipeline: "lint" });
    const slow = run(2, [[50, "failure"]], [work(5, 5, 50, "failure")], { pipeline: "e2e" });
    const again = run(3, [[300, "success"]], [work(200, 200, 300)], { pipeline: "e2e", queuedAt: at(200) });
    const nightly = run(4, [[2000, "failure"]], [work(1000, 1000, 2000, "failure")], {
      pipeline: "nightly",
      queuedAt: at(1000),
    });

    const [item] = find([quick, slow, again, nightly]).items;

    expect(item).to.include({
      seconds: 300,
      passedAt: at(300),
      attempts: 3,
      firstTry: false,
      runId: 3,
      firstRedSeconds: 50,
    });
    expect(item?.runIds).to.deep.equal([1, 2, 3]);
  });

  it("is that of the first try where nothing failed; what was cancelled does not count", () => {
    const stopped = run(1, [[20, "cancellation"]], [], { pipeline: "lint" });
    const [item] = find([stopped, run(2, [[60, "success"]], [work(0, 0, 60)])]).items;

    expect(item).to.include({ seconds: 60, firstTry: true, firstRedSeconds: null, attempts: 1 });
  });

  it("belongs to the change, or else to the ref, and to the span in which it was first queued", () => {
    const one = run(1, [[60, "success"]], [work(0, 0, 60)], { change: "7" });
    const others = [
      run(2, [[60, "success"]], [work(0, 0, 60)], { change: "8" }),
      run(3, [[60, "success"]], [work(0, 0, 60)]),
      run(4, [[60, "success"]], [work(0, 0, 60)], { ref: "topic" }),
      run(5, [[60, "success"]], [work(0, 0, 60)], { sha: null }),
    ];

    expect(find([one, ...others]).items).to.have.length(4);
    expect(find([one], { since: at(1), until: at(100) }).items).to.deep.equal([]);
    expect(find([one], { since: at(0), until: at(30) }).items[0]).to.include({ passedAt: null, seconds: 30 });
  });

  it("is the sum of its parts, and the same in every order", () => {
    const job = record({
      queued: integer({ min: 0, max: 500 }),
      wait: integer({ min: 0, max: 50 }),
      work: integer({ min: 0, max: 300 }),
    });
    const drawn = record({
      jobs: array(job, { maxLength: 5 }),
      end: integer({ min: 0, max: 900 }),
      result: constantFrom<RunResult>("success", "failure", "cancellation"),
    });
    assert(
      property(array(drawn, { maxLength: 5 }), integer(), (list, seed) => {
        const runs = list.map(({ jobs, end, result }, i) =>
          run(
            i + 1,
            [[end, result]],
            jobs.map((one) => work(one.queued, one.queued + one.wait, one.queued + one.wait + one.work)),
            { pipeline: `p${i % 2}` },
          ),
        );
        const found = find(shuffled(runs, randomFrom(seed)));
        for (const { seconds, parts } of found.items) {
          const sum = Object.values(parts).reduce((total, part) => total + Math.round(part * 1000), 0);
          expect(sum).to.equal(Math.round(seconds * 1000));
        }
        expect(found).to.deep.equal(find(runs));
      }),
    );
  });

  it("by week counts open commits as longer than all others", () => {
    const commits = [10, 20, 30, 40].map((seconds, i) =>
      run(i + 1, [[seconds, "success"]], [work(0, 0, seconds)], { sha: `sha ${i}` }),
    );
    const open = run(9, [[50, "failure"]], [work(0, 0, 50, "failure")], { sha: "open" });
    const monday = Date.UTC(2026, 10, 16);

    expect(summarizeWeeks(find([...commits, open]).items)).to.deep.equal([
      { week: monday, commits: 5, passed: 4, firstTryShare: 0.8, p50Seconds: 30, p90Seconds: null },
    ]);
    expect(summarizeWeeks(find(commits).items)[0]).to.include({ p50Seconds: 20, p90Seconds: 40, firstTryShare: 1 });
  });
});
