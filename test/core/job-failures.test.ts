import { expect } from "chai";
import type { JobFacts } from "../../src/core/model.ts";
import { fold, permutations, total } from "../support/model/fold.ts";
import { mentioning, ofJob, ofRun, type Status } from "../support/model/observations.ts";

/** A delivery of the end of job `id`. */
function end(id: string, status: Status, facts: Partial<JobFacts> = {}) {
  return mentioning("1", [ofJob(id, `job ${id}`, status, { clock: 60, queued: 10, started: 20, facts })]);
}

const begun = ofRun("1", "executing", { clock: 10, started: 10 });
const ended = ofRun("1", "failure", { clock: 90, started: 10 });

/** Failures by class. */
function countClasses(deliveries: Parameters<typeof fold>[0]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [series, value] of Object.entries(fold(deliveries).totals)) {
    const [, name] = /^cicd_job_failures_total\{.*class="(\w+)"\}$/.exec(series) ?? [];
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + value;
  }
  return counts;
}

describe("applying observations: failures of jobs by class", () => {
  it("counts each job that failed once, by what its end states, in every order and with every delivery twice", () => {
    const deliveries = [
      begun,
      end("1", "failure", { failureReason: "script_failure" }),
      end("2", "error", { failureReason: "runner_system_failure" }),
      end("3", "timeout", { failureReason: "job_execution_timeout" }),
      ended,
    ];
    // Stage `test` makes a failed script a failed test.
    const expected = { test: 1, runner_lost: 1, timeout: 1 };

    for (const order of permutations(deliveries)) {
      expect(countClasses(order)).to.deep.equal(expected);
      expect(countClasses([...order, ...order])).to.deep.equal(expected);
    }
  });

  it("counts a job under its run's name, also where it ended before the run was known", () => {
    const { totals } = fold([{ ...end("1", "failure"), facts: { project: "shop/cart" } }, begun]);

    const series = Object.keys(totals).filter((name) => name.startsWith("cicd_job_failures_total"));
    expect(series).to.have.length(1);
    expect(series[0]).to.include('pipeline="checkout"').and.to.include('job_name="job 1"');
  });

  it("counts no job that passed, was cancelled or was skipped", () => {
    const deliveries = [begun, end("1", "success"), end("2", "cancellation"), end("3", "skip"), ended];

    expect(countClasses(deliveries)).to.deep.equal({});
  });

  it("counts a job once that GitHub lists again in a later attempt with the times of the earlier one", () => {
    const carried = ofJob("9", "job 1", "failure", { clock: 60, queued: 100, started: 20, facts: { attempt: 2 } });
    const first = ofJob("1", "job 1", "failure", { clock: 60, queued: 10, started: 20, facts: { attempt: 1 } });
    const github = [first, carried].map((job) => mentioning("1", [job], { provider: "github" }));

    const folded = fold([{ ...begun, provider: "github" }, ...github]);

    expect(total(folded, "cicd_job_failures_total", { job_name: "job 1" })).to.equal(1);
  });

  it("keeps the class under which it counted a job when the result is corrected later", () => {
    const corrected = mentioning("1", [ofJob("1", "job 1", "error", { clock: 70, queued: 10, started: 20 })]);

    expect(countClasses([begun, end("1", "failure"), corrected])).to.deep.equal({ test: 1 });
  });
});
