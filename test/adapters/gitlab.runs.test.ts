import { expect } from "chai";
import * as fc from "fast-check";
import { fold, total } from "../support/model/fold.ts";
import { rows } from "../support/payloads/gitlab-orders.ts";
import { going, jobHook, observed, over, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";

/** A run of `jobs` jobs; each further round retries all that failed before, and fails those in its set again. */
function createDeliveries(jobs: number, rounds: readonly ReadonlySet<number>[]) {
  const needed: unknown[] = [];
  const optional: unknown[] = [];
  let nextId = 1;
  let latest: JobInput[] = [];
  for (const [round, failing] of rounds.entries()) {
    const [created, started, finished] = [`${10 + round}:00`, `${10 + round}:01`, `${10 + round}:09`];
    const runs = (index: number) => round === 0 || rounds[round - 1]?.has(index) === true;
    const job = (index: number): JobInput => ({ id: nextId++, name: `job ${index}`, status: "created", created });
    latest = Array.from({ length: jobs }, (_, index) => (runs(index) ? job(index) : (latest[index] ?? job(index))));
    optional.push(...latest.map((of) => jobHook(of)), pipelineHook("running", latest, going));
    latest = latest.map((of, index) => {
      if (!runs(index)) return of;
      const status = failing.has(index) ? { status: "failed", reason: "script_failure" } : { status: "success" };
      return { ...of, started, finished, ...status };
    });
    optional.push(...latest.map((of) => jobHook(of)));
    needed.push(pipelineHook(failing.size > 0 ? "failed" : "success", latest, over(finished, 480)));
  }
  return { needed, optional, jobsStarted: nextId - 1 };
}

describe("gitlab deliveries: any run", () => {
  it("counts each attempt once, whether deliveries before its end are lost, late or duplicate", () => {
    const failing = (jobs: number) => fc.uniqueArray(fc.nat(jobs - 1), { minLength: 1, maxLength: jobs });
    const runs = fc.integer({ min: 1, max: 4 }).chain((jobs) =>
      fc.record({
        jobs: fc.constant(jobs),
        failures: fc.array(failing(jobs), { maxLength: 4 }),
        green: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(
        runs,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        ({ jobs, failures, green }, chance) => {
          const random = () => chance.next().value ?? 0;
          // A job can only fail again if it was retried, which is when it had failed before.
          const rounds: Set<number>[] = [];
          for (const set of failures) {
            const before = rounds.at(-1);
            const failingAgain = new Set(set.filter((index) => before === undefined || before.has(index)));
            if (failingAgain.size > 0) rounds.push(failingAgain);
          }
          if (green || rounds.length === 0) rounds.push(new Set());
          const { needed, optional, jobsStarted } = createDeliveries(jobs, rounds);
          const kept = [...needed, ...optional.filter(() => random() < 0.6)];
          const order = [...kept, ...kept.filter(() => random() < 0.5)]
            .map((body) => ({ body, place: random() }))
            .toSorted((a, b) => a.place - b.place);

          const folded = fold(order.map(({ body }) => observed(body)));

          const red = rounds.filter(({ size }) => size > 0).length;
          expect(total(folded, "cicd_pipeline_runs_total", { result: "failure" })).to.equal(red);
          expect(total(folded, "cicd_pipeline_runs_total", { result: "success" })).to.equal(rounds.length - red);
          expect(total(folded, "cicd_pipeline_run_restarts_total")).to.equal(rounds.length - 1);
          expect(total(folded, "cicd_pipeline_runs_recovered_total")).to.equal(red > 0 && red < rounds.length ? 1 : 0);
          expect(total(folded, "cicd_job_retries_total")).to.equal(jobsStarted - jobs);
          expect(total(folded, "cicd_job_runs_total")).to.equal(jobsStarted);
          expect(rows(folded)).to.deep.equal(rows(fold([...kept].map((body) => observed(body)))));
        },
      ),
      { numRuns: 500 },
    );
  });
});
