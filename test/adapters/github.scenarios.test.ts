import { expect } from "chai";
import { github } from "../../src/adapters/github/index.ts";
import { type Observation } from "../../src/core/model.ts";
import { fold, permutations, type Folded } from "../support/model/fold.ts";
import { changed, fixture, observed, parseFixtures } from "../support/payloads/github.ts";
import { runResults } from "../../src/core/states.ts";

/** Of every total, the sum over all its series; results by name. What is 0 is left out. */
function sumTotals({ totals }: Folded): Record<string, number> {
  const sum = (metric: string, end: string) =>
    Object.entries(totals)
      .filter(([name]) => name.startsWith(`${metric}{`) && name.endsWith(end))
      .reduce((all, [, value]) => all + value, 0);
  const counts = {
    ...Object.fromEntries(runResults.map((result) => [result, sum("cicd_pipeline_runs_total", `result="${result}"}`)])),
    restarts: sum("cicd_pipeline_run_restarts_total", "}"),
    recovered: sum("cicd_pipeline_runs_recovered_total", "}"),
    runSeconds: sum("cicd_pipeline_run_duration_seconds", "_sum"),
    timedRuns: sum("cicd_pipeline_run_duration_seconds", "_count"),
    queuedRuns: sum("cicd_pipeline_run_queue_seconds", "_count"),
    jobs: sum("cicd_job_runs_total", "}"),
    jobSeconds: sum("cicd_job_duration_seconds", "_sum"),
    jobQueue: sum("cicd_job_queue_seconds", "_sum"),
    retries: sum("cicd_job_retries_total", "}"),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));
}

describe("github adapter: scenarios, in every order and twice", () => {
  const scenarios: Record<string, { deliveries: Observation[]; counts: Record<string, number> }> = {
    "one green run": {
      deliveries: parseFixtures(
        "run-requested",
        "run-in-progress",
        "job-queued",
        "job-in-progress",
        "job-succeeded",
        "run-succeeded",
      ),
      counts: { success: 1, runSeconds: 405, timedRuns: 1, jobs: 1, jobSeconds: 384, jobQueue: 12 },
    },
    "attempt 2 of a failed run": {
      deliveries: parseFixtures(
        "run-failed",
        "job-failed",
        "run-attempt-2-in-progress",
        "job-of-attempt-2-with-id-past-2-to-the-32",
        "run-attempt-2-succeeded",
      ),
      counts: {
        success: 1,
        failure: 1,
        restarts: 1,
        recovered: 1,
        runSeconds: 405 + 366,
        timedRuns: 2,
        jobs: 2,
        jobSeconds: 384 + 350,
        jobQueue: 12 + 9,
      },
    },
    "attempt 2 of which only a job is known yet": {
      deliveries: parseFixtures("run-failed", "job-carried-over-into-attempt-2"),
      counts: { failure: 1, restarts: 1, runSeconds: 405, timedRuns: 1, jobs: 1 },
    },
    "a late in_progress of the same second": {
      deliveries: [
        ...parseFixtures("run-succeeded"),
        observed(changed("run-in-progress", { updated_at: "2026-11-20T09:20:48Z" })),
      ],
      counts: { success: 1, runSeconds: 405, timedRuns: 1 },
    },
    "an in_progress delivery that already tells the end": {
      deliveries: parseFixtures("run-requested", "run-in-progress-action-but-already-completed", "run-succeeded"),
      counts: { success: 1, runSeconds: 405, timedRuns: 1 },
    },
    // The run's own event does not tell that nothing ever ran, so the wait counts as its duration.
    "cancelled before a job ran": {
      deliveries: parseFixtures("run-requested", "job-queued", "job-cancelled-before-it-ran", "run-cancelled"),
      counts: { cancellation: 1, runSeconds: 68, timedRuns: 1, jobs: 1 },
    },
    skipped: {
      deliveries: parseFixtures("run-requested", "run-skipped", "job-skipped-and-created-after-it-ended"),
      counts: { skip: 1, jobs: 1 },
    },
    "a workflow file that GitHub refuses": {
      deliveries: [
        ...parseFixtures("run-startup-failure"),
        observed(changed("run-requested", {}, { workflow: { name: ".github/workflows/checks.yml" } })),
      ],
      counts: { error: 1 },
    },
    "a fork's run that waits for approval, and goes on": {
      deliveries: parseFixtures("run-of-fork-needs-approval", "run-of-fork-pull-request-from-its-main"),
      counts: { success: 1, runSeconds: 405, timedRuns: 1 },
    },
  };
  for (const [name, { deliveries, counts }] of Object.entries(scenarios)) {
    it(name, () => {
      const expected = fold(deliveries);
      expect(sumTotals(expected)).to.deep.equal(counts);
      expect(Object.keys(expected.runs)).to.have.lengthOf(1);
      for (const order of permutations(deliveries)) {
        for (const sent of [order, [...order, ...order], order.flatMap((one) => [one, one])]) {
          const got = fold(sent);
          expect(got.totals).to.deep.equal(expected.totals);
          expect(got.runs).to.deep.equal(expected.runs);
        }
      }
    });
  }

  it("leaves a finished run finished, with the times of its last attempt", () => {
    const [record] = Object.values(
      fold(parseFixtures("run-attempt-2-succeeded", "run-failed", "run-requested", "run-in-progress")).runs,
    );
    expect(record?.folded.facts).to.include({ state: "finished", result: "success", durationSeconds: 366 });
    expect(record).to.include({ attempt: 2, restarts: 1, recovered: true });
    expect(record?.folded.startedAt).to.equal(Date.UTC(2026, 10, 20, 10, 2, 30));
  });

  it("keeps the same native id of two sources, and of two hosts, apart", () => {
    const elsewhere = observed(github.parse(fixture("run-succeeded"), "github-labs"));
    const host = { html_url: "https://git.corp.example.com/northwind/storefront", full_name: "northwind/storefront" };
    const server = observed(changed("run-succeeded", {}, { repository: host }));
    const folded = fold([...parseFixtures("run-succeeded"), elsewhere, server]);
    expect(Object.keys(folded.runs)).to.have.lengthOf(3);
    expect(sumTotals(folded)).to.include({ success: 3 });
  });
});
