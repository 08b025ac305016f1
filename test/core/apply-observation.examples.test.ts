import { expect } from "chai";
import { applyObservation } from "../../src/core/apply-observation.ts";
import { fold, permutations, total, type Folded } from "../support/model/fold.ts";
import { at, mentioning, ofJob, ofRun } from "../support/model/observations.ts";

function run(folded: Folded, id = "main/1") {
  const record = folded.runs[id];
  if (record === undefined) throw new Error(`no run ${id}`);
  return record;
}

describe("project: completions", () => {
  it("counts an attempt once, with the times that the first proof of it carries", () => {
    const first = ofRun("1", "success", { clock: 70, queued: 0, started: 10 });
    const again = { ...first, version: { ...first.version, clock: at(75) } };

    const folded = fold([first, again]);

    expect([...run(folded).completions]).to.deep.equal([
      ["1/1", { order: 0, result: "success", finishedAt: at(70), durationSeconds: 60, queueSeconds: 10 }],
    ]);
    expect(run(folded).folded.version.clock).to.equal(at(75));
  });

  it("corrects the row, not the count, when the result is corrected", () => {
    const folded = fold([
      ofRun("1", "success", { clock: 70 }),
      ofRun("1", "failure", { clock: 70, facts: { nativeStatus: "FAILURE" } }),
      ofRun("1", "failure", { clock: 71 }),
    ]);

    expect(total(folded, "cicd_pipeline_runs_total", { result: "success" })).to.equal(1);
    expect(total(folded, "cicd_pipeline_runs_total", { result: "failure" })).to.equal(0);
    expect(run(folded).folded.facts.result).to.equal("failure");
  });

  it("observes a queue time that becomes known after the result, once", () => {
    const queued = ofRun("1", "pending", { clock: 0, queued: 0 });
    const success = ofRun("1", "success", { clock: 70, started: 10 });

    const folded = fold([success, queued, queued, success]);

    expect(folded.totals).to.deep.equal(fold([queued, success]).totals);
    expect(total(folded, "cicd_pipeline_run_queue_seconds")).to.equal(1);
  });

  it("observes a duration whose start becomes known after the result, once", () => {
    const executing = ofRun("1", "executing", { clock: 10, queued: 0, started: 10 });
    const success = ofRun("1", "success", { clock: 70 });

    const folded = fold([success, executing, success, executing]);

    expect(folded.totals).to.deep.equal(fold([executing, success]).totals);
    expect(total(folded, "cicd_pipeline_run_duration_seconds")).to.equal(1);
  });

  it("gives a time to the completion it belongs to, where one attempt has several", () => {
    // A run that was cancelled before anything ran, until somebody played its manual job: no new attempt.
    const cancelled = ofRun("1", "cancellation", {
      epoch: 2,
      clock: 20,
      queued: 0,
      completion: "cancellation:1,2",
      facts: { durationSeconds: null, queueSeconds: null },
      retriesByName: true,
    });
    const success = ofRun("1", "success", {
      epoch: 2,
      clock: 90,
      queued: 0,
      started: 30,
      completion: "success:1,2",
      facts: { durationSeconds: 60, queueSeconds: 30 },
      retriesByName: true,
    });

    for (const order of permutations([cancelled, success, success, cancelled])) {
      const { totals } = fold(order);

      expect(totals).to.deep.equal(fold([cancelled, success]).totals);
    }
    expect(total(fold([cancelled, success, success]), "cicd_pipeline_run_duration_seconds")).to.equal(1);
  });

  it("does not time an attempt with what was reported about an earlier one", () => {
    const first = ofRun("1", "failure", {
      clock: 60,
      epoch: 1,
      attempt: 1,
      queued: 0,
      started: 10,
      facts: { durationSeconds: 7, queueSeconds: 3 },
    });
    const second = ofRun("1", "success", { clock: 150, epoch: 2, attempt: 2, queued: 100, started: 105 });

    const { completions } = run(fold([first, second]));

    expect(completions.get("1/2")).to.include({ durationSeconds: 45, queueSeconds: 5 });
    expect(fold([first, second]).totals).to.deep.equal(fold([second, first]).totals);
  });

  it("counts nothing for a result without the identity of an attempt, nor for an identity without a result", () => {
    const { completion: _, ...unproven } = ofRun("1", "success", { clock: 70 });
    const unfinished = { ...ofRun("2", "executing", { clock: 10 }), completion: "2/1" };

    const folded = fold([unproven, unfinished]);

    expect(total(folded, "cicd_pipeline_runs_total")).to.equal(0);
    expect(run(folded).folded.facts.result).to.equal("success");
  });

  it("counts a run that repeats another one as a restart", () => {
    const repeat = ofRun("2", "success", { clock: 70, facts: { restartOf: "1" } });

    const folded = fold([repeat, repeat]);

    expect(total(folded, "cicd_pipeline_run_restarts_total")).to.equal(1);
    expect(run(folded, "main/2")).to.include({ attempt: 1, restarts: 1 });
  });
});

describe("project: jobs", () => {
  const pending = ofRun("1", "pending", { clock: 0 });
  const done = { clock: 60, queued: 10, started: 20 } as const;

  it("counts a job under its own id, in deliveries of every kind", () => {
    const job = ofJob("1", "check", "success", done);

    const folded = fold([mentioning("1", [job]), ofRun("1", "success", { clock: 70, jobs: [job] })]);

    expect(total(folded, "cicd_job_runs_total")).to.equal(1);
    expect(total(folded, "cicd_job_duration_seconds")).to.equal(1);
    expect(total(folded, "cicd_job_queue_seconds", { task_type: "test" })).to.equal(1);
  });

  it("counts a job once that one delivery lists as finished twice, and as begun again in between", () => {
    const listed = [
      ofJob("1", "check", "failure", { clock: 60, queued: 10, started: 20 }),
      ofJob("1", "check", "executing", { clock: 70, epoch: 1, started: 65 }),
      ofJob("1", "check", "success", { clock: 80, epoch: 1, started: 65 }),
    ];

    // The keys, not the totals: a key that is there twice would fail the whole batch.
    expect(
      applyObservation(undefined, mentioning("1", listed), () => null).jobCompletions.map(({ key }) => key),
    ).to.deep.equal(["1"]);
  });

  it("counts a job that was skipped and later ran as both, in any order", () => {
    const skipped = mentioning("1", [ofJob("1", "check", "skip", { clock: 10 })]);
    const ran = mentioning("1", [ofJob("1", "check", "success", done)]);

    for (const order of [
      [skipped, ran],
      [ran, skipped],
      [skipped, ran, ran, skipped],
    ]) {
      const folded = fold([pending, ...order]);

      expect(total(folded, "cicd_job_runs_total", { result: "skip" })).to.equal(1);
      expect(total(folded, "cicd_job_runs_total", { result: "success" })).to.equal(1);
      expect(total(folded, "cicd_job_duration_seconds")).to.equal(1);
    }
  });

  it("counts retries that the CI system numbers, however they arrive", () => {
    const tries = [0, 1, 3].map((retries, i) =>
      mentioning("1", [ofJob("1", "check", "executing", { clock: i * 10, facts: { retries } })]),
    );

    for (const order of permutations([pending, ...tries]))
      expect(total(fold(order), "cicd_job_retries_total")).to.equal(3);
  });

  it("takes equal names for retries only where the provider's ids say so", () => {
    const twins = [ofJob("1", "check", "success", done), ofJob("2", "check", "success", done)];

    expect(total(fold([pending, mentioning("1", twins)]), "cicd_job_retries_total")).to.equal(0);
    for (const order of permutations([pending, mentioning("1", twins, { retriesByName: true })])) {
      expect(total(fold(order), "cicd_job_retries_total")).to.equal(1);
    }
  });

  it("neither shows a run of which only jobs are known as a pipeline, nor its jobs under a name that may be another", () => {
    expect(fold([mentioning("1", [ofJob("1", "check", "success", done)])]).totals).to.deep.equal({});
  });
});
