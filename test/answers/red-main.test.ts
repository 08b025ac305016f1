import { expect } from "chai";
import { assert, integer, property } from "fast-check";
import type { AnswerCompletion, AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { createRedMainAnswer } from "../../src/answers/red-main.ts";
import type { RunResult } from "../../src/core/states.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const whole = { since: at(0), until: at(8000) };
const find = (runs: readonly AnswerRun[], span = whole) => answer(createRedMainAnswer(span), runs);

type End = readonly [second: number, result: RunResult];

/** A run of main whose attempts ended so, and whose jobs are these. */
function run(
  id: number,
  ends: readonly End[],
  jobs: readonly AnswerJob[] = [],
  more: Partial<AnswerRun> = {},
): AnswerRun {
  const completions = ends.map(([second, result]): AnswerCompletion => ({ result, finishedAt: at(second) }));
  const last = completions.at(-1);
  return makeRun(id, jobs, {
    completions,
    result: last?.result ?? null,
    finishedAt: last?.finishedAt ?? null,
    ...more,
  });
}

const job = (name: string, result: RunResult, end: number, more: Partial<AnswerJob> = {}) =>
  makeJob(name, result, { queued: end - 60, finished: end }, more);

/**
 * Twelve runs. Red: 600 to 2400 (2 and 3), 3000 to 3600 (6, repaired by its own second attempt), from 5000 on (9 to 11).
 * `e2e` alone made 3 and 6 red; 2 has two failures, 9 to 11 too, and in 9 a job that may fail fails as well.
 */
const scenario: readonly AnswerRun[] = [
  run(1, [[100, "success"]]),
  run(2, [[600, "failure"]], [job("lint", "failure", 500), job("e2e", "failure", 600)]),
  run(3, [[1200, "failure"]], [job("lint", "success", 1100), job("e2e", "failure", 1200)]),
  run(4, [[2400, "success"]]),
  run(5, [[2500, "cancellation"]], [job("e2e", "cancellation", 2500)]),
  run(
    6,
    [
      [3000, "failure"],
      [3600, "success"],
    ],
    [job("e2e", "failure", 3000), job("e2e", "success", 3600)],
  ),
  run(7, [[3700, "skip"]]),
  run(8, [[4000, "success"]]),
  run(
    9,
    [[5000, "failure"]],
    [job("build", "failure", 4900), job("unit", "failure", 5000), job("odd", "failure", 5000, { allowFailure: true })],
  ),
  run(10, [[6000, "error"]], [job("build", "error", 5900), job("unit", "failure", 6000)]),
  run(11, [[7000, "timeout"]], [job("build", "timeout", 6900), job("unit", "timeout", 7000)]),
  run(12, [[7500, "cancellation"]]),
];

describe("red default branches", () => {
  it("of twelve runs by hand", () => {
    const { items, runs } = find(scenario);

    expect(runs).to.equal(9);
    expect(items).to.have.length(1);
    const { periods, soleBlockers, ...item } = items[0] ?? expect.fail("no item");
    expect(item).to.deep.equal({
      provider: "gitlab",
      source: "main",
      project: "shop/cart",
      pipeline: "checkout",
      ref: "main",
      breaks: 3,
      recoveries: 2,
      redSeconds: 5400,
      flakyRedSeconds: 600,
      redShare: 5400 / 8000,
      openSince: at(5000),
      firstBadRunId: 9,
      firstGoodRunId: null,
    });
    expect(soleBlockers).to.deep.equal([{ jobName: "e2e", runs: 2, runIds: [6, 3] }]);
    const listed = periods.map((one) => [one.firstBadRunId, one.firstGoodRunId, one.seconds]);
    expect(listed).to.deep.equal([
      [9, null, 3000],
      [6, 6, 600],
      [2, 4, 1800],
    ]);
  });

  it("are the same in every order", () => {
    assert(
      property(integer(), (seed) => {
        expect(find(shuffled(scenario, randomFrom(seed)))).to.deep.equal(find(scenario));
      }),
    );
  });

  it("are red for the mean time to recovery, times the recoveries, where nothing is open", () => {
    // CircleCI: total recovery time / number of failures. https://circleci.com/docs/insights-glossary/
    const [item] = find(scenario.slice(0, 8), { since: at(0), until: at(4500) }).items;
    const recoveryTimes = [2400 - 600, 3600 - 3000];
    const meanTime = recoveryTimes.reduce((total, one) => total + one) / recoveryTimes.length;

    expect(item).to.include({ breaks: 2, recoveries: 2, openSince: null, firstBadRunId: 6, firstGoodRunId: 6 });
    expect((item?.redSeconds ?? 0) / (item?.recoveries ?? 0)).to.equal(meanTime);
  });

  it("begin red where the last run before the span was", () => {
    const [item] = find(scenario, { since: at(1000), until: at(3200) }).items;

    expect(item).to.include({ breaks: 1, recoveries: 1, redSeconds: 1400 + 200, openSince: at(3000) });
    expect(item?.periods[1]).to.include({ since: at(600), until: at(2400), seconds: 1400, firstBadRunId: 2 });
    expect(find(scenario, { since: at(7800), until: at(8000) }).items[0]).to.include({ breaks: 0, redSeconds: 200 });
  });

  it("do not break by a first run that is red, but are red", () => {
    expect(find([run(1, [[500, "failure"]])]).items[0]).to.include({ breaks: 0, redSeconds: 7500, openSince: at(500) });
  });

  it("are flaky where another run of the commit passed later", () => {
    const sha = { sha: "c0ffee" };
    const runs = [run(1, [[100, "success"]]), run(2, [[200, "failure"]], [], sha), run(3, [[300, "success"]], [], sha)];

    expect(find(runs).items[0]).to.include({ redSeconds: 100, flakyRedSeconds: 100 });
  });

  it("follow a result that the provider corrected", () => {
    const corrected = run(2, [[200, "failure"]], [], { result: "success" });

    expect(find([run(1, [[100, "success"]]), corrected]).items[0]).to.include({ breaks: 0, redSeconds: 0 });
  });

  it("are those of a pipeline, a branch and a source each; other branches do not count", () => {
    const red = (id: number, more: Partial<AnswerRun>) => run(id, [[100, "failure"]], [], more);
    const one = [red(1, {}), red(2, { pipeline: "b" }), red(3, { source: "b" }), red(4, { ref: "trunk" })];
    const none = [red(5, { defaultBranch: false }), red(6, { defaultBranch: null })];

    expect(find([...one, ...none]).items).to.have.length(4);
  });
});
