import { expect } from "chai";
import { fold, permutations, total } from "../support/model/fold.ts";
import { mentioning, ofJob, ofRun, type Status } from "../support/model/observations.ts";

/** A delivery of the end of job `id`, which worked for 12.345 s. */
function end(id: string, status: Status, runnerClass: string | null = null) {
  const facts = { runnerClass, durationSeconds: 12.345 };
  return mentioning("1", [ofJob(id, `job ${id}`, status, { clock: 60, queued: 10, started: 20, facts })]);
}

const begun = ofRun("1", "executing", { clock: 10, started: 10 });
const metric = "cicd_job_seconds_total";

describe("applying observations: seconds of jobs by cause and runner class", () => {
  it("counts whole milliseconds by what the end of each job states, in every order and with every delivery twice", () => {
    const deliveries = [
      begun,
      end("1", "success", "linux"),
      end("2", "failure", "linux"),
      end("3", "error"),
      end("4", "cancellation", "__other__"),
    ];

    for (const order of permutations(deliveries)) {
      const folded = fold([...order, ...order]);
      expect(total(folded, metric, { runner_class: "linux", cause: "useful" })).to.equal(24_690);
      expect(total(folded, metric, { runner_class: "", cause: "infra" })).to.equal(12_345);
      expect(total(folded, metric, { runner_class: "__other__", cause: "cancelled" })).to.equal(12_345);
      expect(total(folded, metric)).to.equal(4 * 12_345);
    }
  });

  it("counts nothing for a job that was skipped, has no duration or is only listed again", () => {
    const carried = ofJob("2", "job 2", "success", { clock: 60, queued: 100, started: 20 });
    const unstarted = ofJob("3", "job 3", "cancellation", { clock: 60, queued: 10 });
    const folded = fold([begun, end("1", "skip"), mentioning("1", [carried]), mentioning("1", [unstarted])]);

    expect(total(folded, metric)).to.equal(0);
    expect(total(folded, "cicd_job_runs_total")).to.equal(3);
  });

  it("counts a job that ended before its run was known, under the run's name", () => {
    const early = { ...end("1", "success", "linux"), facts: { project: "shop/cart" } };

    expect(total(fold([early]), metric)).to.equal(0);
    expect(total(fold([early, begun]), metric, { pipeline: "checkout", runner_class: "linux" })).to.equal(12_345);
  });
});
