import { expect } from "chai";
import type { JobFacts, Observation } from "../../src/core/model.ts";
import { fold, permutations, total } from "../support/model/fold.ts";
import { mentioning, ofJob, ofRun, type Status } from "../support/model/observations.ts";

const flakes = "cicd_job_flakes_total";
const seconds = "cicd_job_flake_seconds_total";

/** A try of a job that worked for ten seconds from `started` on, as GitLab delivers it: under an id of its own. */
function tried(id: string, name: string, status: Status, started: number, facts: Partial<JobFacts> = {}): Observation {
  const statement = { clock: started + 10, queued: started - 5, started, facts: { runnerClass: "linux", ...facts } };
  return mentioning("1", [ofJob(id, name, status, statement)], { retriesByName: true });
}

/** The same at GitHub, where a re-run has a greater attempt. */
function attempted(id: string, name: string, status: Status, attempt: number): Observation {
  const job = ofJob(id, name, status, {
    clock: attempt * 100 + 10,
    queued: attempt * 100,
    started: attempt * 100,
    facts: { attempt },
  });
  return mentioning("1", [job], { provider: "github", attempt });
}

const begun = ofRun("1", "executing", { clock: 10, started: 10, retriesByName: true });
const github = { ...begun, provider: "github", retriesByName: undefined } as Observation;

function expectInAnyOrder(deliveries: readonly Observation[], count: number, millis: number): void {
  for (const order of permutations(deliveries)) {
    for (const arrived of [order, [...order, ...order]]) {
      const folded = fold(arrived);
      expect([total(folded, flakes), total(folded, seconds)]).to.deep.equal([count, millis]);
    }
  }
}

describe("applying observations: flakes of jobs", () => {
  it("counts each failed try that a later try of the same job passed, with its time, in every order and twice", () => {
    const deliveries = [
      begun,
      tried("1", "unit", "failure", 20),
      tried("2", "unit", "timeout", 60),
      tried("3", "unit", "success", 100),
      tried("4", "lint", "failure", 20),
    ];

    expectInAnyOrder(deliveries, 2, 20_000);
    expect(total(fold(deliveries), flakes, { job_name: "unit", pipeline: "checkout" })).to.equal(2);
    expect(total(fold(deliveries), seconds, { runner_class: "linux" })).to.equal(20_000);
  });

  it("counts no failure beside a success of the same name that was queued before it finished", () => {
    expectInAnyOrder([begun, tried("1", "unit", "failure", 20), tried("2", "unit", "success", 22)], 0, 0);
  });

  it("counts at GitHub only a success of a greater attempt", () => {
    expectInAnyOrder([github, attempted("1", "unit", "failure", 1), attempted("2", "unit", "success", 2)], 1, 10_000);
    const matrix = { ...attempted("2", "unit", "success", 2), attempt: 1 };
    const [job] = matrix.jobs ?? [];
    const sameAttempt = { ...matrix, jobs: job === undefined ? [] : [{ ...job, facts: { ...job.facts, attempt: 1 } }] };
    expectInAnyOrder([github, attempted("1", "unit", "failure", 1), sameAttempt], 0, 0);
  });

  it("counts no job that GitHub lists again in a later attempt", () => {
    const listed = mentioning(
      "1",
      [ofJob("2", "unit", "success", { clock: 110, queued: 200, started: 100, facts: { attempt: 2 } })],
      { provider: "github", attempt: 2 },
    );

    expectInAnyOrder([github, attempted("1", "unit", "failure", 1), listed], 0, 0);
  });

  it("counts tries that Tekton made under the same id, once the last one passed", () => {
    const tries: JobFacts["tries"] = [
      [1000, 4000, "Failed"],
      [5000, 7000, "Failed"],
    ];
    const facts = { retries: 2, tries };
    const end = (status: Status) => ({
      ...tried("1", "unit", status, 20, facts),
      provider: "tekton",
      retriesByName: undefined,
    });
    const tekton = { ...begun, provider: "tekton", retriesByName: undefined };

    expectInAnyOrder([tekton, end("success")] as Observation[], 2, 5000);
    expectInAnyOrder([tekton, end("failure")] as Observation[], 0, 0);
  });
});
