import { expect } from "chai";
import { assert, integer, property } from "fast-check";
import type { AnswerRun } from "../../src/answers/answer.ts";
import { createFailuresAnswer } from "../../src/answers/failures.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const span = { since: at(0), until: at(1000) };
const find = (runs: readonly AnswerRun[]) => answer(createFailuresAnswer(span), runs);

const runs = [
  makeRun(1, [
    makeJob("unit", "failure", { finished: 30 }, { failureReason: "script_failure" }),
    makeJob("unit", "success", { queued: 60 }),
    makeJob("build", "failure", { finished: 50 }, { failureReason: "script_failure" }),
  ]),
  makeRun(2, [
    makeJob("unit", "failure", { queued: 200, finished: 250 }, { failureReason: "script_failure" }),
    makeJob("deploy", "timeout", { queued: 300, finished: 900 }, { failureReason: "job_execution_timeout" }),
  ]),
  makeRun(3, [makeJob("unit", "cancellation", { queued: 400 })], {
    result: "cancellation",
    queuedAt: at(400),
    finishedAt: at(450),
  }),
  makeRun(4, [makeJob("unit", "success", { queued: 440 })], { queuedAt: at(440) }),
  makeRun(5, [], {
    provider: "jenkins",
    result: "failure",
    nativeStatus: "UNSTABLE",
    finishedAt: at(600),
    durationSeconds: 7,
  }),
  makeRun(6, [], { provider: "gitlab", result: "failure", nativeStatus: "failed", finishedAt: at(600) }),
  makeRun(7, [makeJob("unit", "failure", { queued: 2000 })]),
];

describe("failures by class", () => {
  it("have their jobs, runs, work, reasons and newest runs", () => {
    const { items, jobs, runs: count } = find(runs);

    expect([jobs, count]).to.deep.equal([6, 5]);
    expect(items.map(({ failureClass }) => failureClass)).to.deep.equal(["timeout", "test", "script", "superseded"]);
    expect(items[1]).to.deep.equal({
      failureClass: "test",
      jobs: 3,
      runs: 3,
      seconds: 30 + 50 + 7,
      share: 0.5,
      reasons: [
        { reason: "script_failure", jobs: 2 },
        { reason: "UNSTABLE", jobs: 1 },
      ],
      runIds: [5, 2, 1],
      exampleRunId: 5,
      lastAt: at(600),
    });
    expect(items[3]).to.deep.include({
      failureClass: "superseded",
      jobs: 1,
      runIds: [3],
      reasons: [{ reason: null, jobs: 1 }],
    });
    expect(items.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-12);
  });

  it("are the same in every order", () => {
    assert(
      property(integer(), (seed) => {
        expect(find(shuffled(runs, randomFrom(seed)))).to.deep.equal(find(runs));
      }),
    );
  });
});
