import { expect } from "chai";
import { fold, permutations, total, type Folded } from "../support/model/fold.ts";
import { scenarios, type Scenario } from "../support/model/scenarios.ts";
import { runResults } from "../../src/core/states.ts";

/** What the rows hold, without the order in which jobs and completions came in. */
function rows({ runs }: Folded) {
  return Object.entries(runs).map(([run, { jobs, completions, ...record }]) => ({
    run,
    ...record,
    jobs: Object.fromEntries(jobs),
    completions: Object.fromEntries(completions),
  }));
}

/** Of a story whose times depend on what came first: everything else. */
function withoutTimes(folded: Folded) {
  const counts = Object.entries(folded.totals).filter(([name]) => !name.endsWith("_sum"));
  return { rows: rows(folded).map((row) => ({ ...row, completions: Object.keys(row.completions) })), counts };
}

const seen = (scenario: Scenario) =>
  scenario.timesVary === true ? withoutTimes : (folded: Folded) => ({ rows: rows(folded), totals: folded.totals });

describe("project: scenarios", () => {
  for (const scenario of scenarios) {
    const { name, deliveries } = scenario;
    const inOrder = fold(deliveries);
    const sees = seen(scenario);

    it(`${name}: counts what happened`, () => {
      const counted = {
        ...Object.fromEntries(
          runResults.map((result) => [result, total(inOrder, "cicd_pipeline_runs_total", { result })]),
        ),
        restarts: total(inOrder, "cicd_pipeline_run_restarts_total"),
        recovered: total(inOrder, "cicd_pipeline_runs_recovered_total"),
        retries: total(inOrder, "cicd_job_retries_total"),
        timed: total(inOrder, "cicd_pipeline_run_duration_seconds"),
        queued: total(inOrder, "cicd_pipeline_run_queue_seconds"),
        runs: Object.keys(inOrder.runs).length,
      };

      const { restarts = 0, recovered = 0, retries = 0, timed, queued, runs = 1 } = scenario;
      const none = Object.fromEntries(runResults.map((result) => [result, 0]));
      expect(counted).to.deep.equal({
        ...none,
        ...scenario.results,
        restarts,
        recovered,
        retries,
        timed,
        queued,
        runs,
      });
    });

    it(`${name}: comes to the same in every order`, () => {
      for (const order of permutations(deliveries)) expect(sees(fold(order))).to.deep.equal(sees(inOrder));
    });

    it(`${name}: comes to the same when everything is delivered twice, at once or again`, () => {
      for (const order of permutations(deliveries)) {
        const once = sees(fold(order));

        expect(sees(fold(order.flatMap((observation) => [observation, observation])))).to.deep.equal(once);
        expect(sees(fold([...order, ...order]))).to.deep.equal(once);
      }
    });
  }
});
