import { expect } from "chai";
import { lowestVersion, type Observation } from "../../src/core/model.ts";
import { releaseRun } from "../../src/core/waiting.ts";
import { fold, permutations, type Folded } from "../support/model/fold.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { joinLabels, splitLabels } from "../../src/core/series.ts";
import type { Tally } from "../../src/core/run-record.ts";

/** Every total that is not 0, by series. */
function moved({ totals }: Folded): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== 0));
}

/** Deliveries about a job that call its run's pipeline something else, or nothing. */
function job(id: string, facts: Observation["facts"], more: Partial<Observation> = {}): Observation {
  const check = ofJob(id, "check", "success", { clock: 60, queued: 10, started: 20 });
  return mentioning("1", [check], { facts: { project: "shop/cart", ...facts }, ...more });
}

describe("applying observations: a run whose jobs are delivered first", () => {
  const started = ofRun("1", "executing", { clock: 10, epoch: 2, attempt: 2, queued: 0, started: 10 });

  it("counts its jobs, their retries and its restarts under its own name, with any name in its jobs, in every order", () => {
    const deliveries = [
      started,
      job("1", {}, { retriesByName: true }),
      job("2", { pipeline: "as a job calls it" }, { retriesByName: true }),
      job("3", { pipeline: "checkout" }, { attempt: 2, retriesByName: true }),
    ];
    const expected = fold(deliveries);

    expect(Object.keys(expected.totals).every((series) => series.includes('pipeline="checkout"'))).to.be.true;
    expect(moved(expected)).to.deep.include({
      'cicd_job_runs_total{provider="gitlab",project="shop/cart",pipeline="checkout",stage="test",job_name="check",task_type="test",result="success"}': 3,
      'cicd_job_retries_total{provider="gitlab",project="shop/cart",pipeline="checkout",stage="test",job_name="check",task_type="test"}': 2,
      'cicd_pipeline_run_restarts_total{provider="gitlab",project="shop/cart",pipeline="checkout"}': 1,
    });
    for (const order of permutations(deliveries)) {
      expect(fold(order).totals).to.deep.equal(expected.totals);
      expect(fold(order.flatMap((observation) => [observation, observation])).totals).to.deep.equal(expected.totals);
    }
  });

  it("begins no series under a name that the run itself did not say yet", () => {
    const { pipeline: _, ...facts } = ofRun("1", "pending", { clock: 0 }).facts;
    const unresolved = { ...ofRun("1", "pending", { clock: 1 }), facts };

    expect(fold([unresolved, job("1", { pipeline: "prefix" })]).totals).to.deep.equal({});
    expect(fold([unresolved, job("1", { pipeline: "prefix" }), started]).totals).to.deep.equal(
      fold([started, job("1", {})]).totals,
    );
  });

  it("counts a run that ended without a name as one without", () => {
    const { pipeline: _, ...facts } = ofRun("1", "success", { clock: 70 }).facts;

    const series = Object.keys(moved(fold([job("1", {}), { ...ofRun("1", "success", { clock: 70 }), facts }])));

    expect(series).to.not.be.empty;
    expect(series.every((name) => name.includes('pipeline=""'))).to.be.true;
  });
});

describe("releaseRun", () => {
  const alone = { provider: "gitlab", source: "main", run: "1", version: lowestVersion } as const;
  const release = (observation: Observation) => {
    const record = fold([observation]).runs["main/1"];
    if (record === undefined) throw new Error("the run is not known");
    return releaseRun("gitlab", "1", record);
  };

  it("counts under what the job's delivery stated, and under the project where it stated nothing", () => {
    const named = release(job("1", { pipeline: "as a job calls it" }, { attempt: 2 }));
    const unnamed = release({ ...job("1", {}), ...alone, facts: { project: "shop/cart" } });

    const labels = (change: typeof named) => [
      ...change.released.map(({ counter }) => counter?.labels.split("\u0001").slice(0, 3).join(" ")),
      ...change.increments.map((increment) => `${increment.metric} ${increment.labels.replaceAll("\u0001", " ")}`),
    ];
    expect(labels(named)).to.deep.equal([
      "gitlab shop/cart as a job calls it",
      "restarts gitlab shop/cart as a job calls it",
    ]);
    expect(labels(unnamed)).to.deep.equal(["gitlab shop/cart shop/cart"]);
    expect(named.record.waiting).to.equal(undefined);
  });

  it("subtracts what was counted while it waited: of the same job first, then of the metric with any labels", () => {
    const names = ["check", "lint", "unit"];
    const jobs = names.flatMap((name, i) =>
      [10 + i, 20 + i].map((id) => ofJob(`${id}`, name, "success", { clock: 60 })),
    );
    const record = fold([mentioning("1", jobs, { retriesByName: true, attempt: 3 })]).runs["main/1"];
    if (record?.waiting === undefined) throw new Error("the run does not wait");
    const retried = (pipeline: string, name: string) => ({
      metric: "jobRetries" as const,
      labels: joinLabels("gitlab", "shop/cart", pipeline, "test", name, name === "lint" ? "" : "test"),
      count: 1,
    });
    const restarted = { metric: "restarts" as const, labels: joinLabels("gitlab", "shop/cart", "other"), count: 1 };
    const left = (...counted: Tally[]) =>
      releaseRun("gitlab", "1", { ...record, waiting: { results: new Map(), counted } }).increments.map(
        ({ metric, labels, count }) => [metric, ...(metric === "jobRetries" ? [splitLabels(labels)[4]] : []), count],
      );
    const all = [...names.map((name) => ["jobRetries", name, 1]), ["restarts", 2]];

    expect(left()).to.deep.equal(all);
    expect(left(retried("as a job calls it", "lint"), restarted)).to.deep.equal([
      ["jobRetries", "check", 1],
      ["jobRetries", "unit", 1],
      ["restarts", 1],
    ]);
    expect(left(retried("__other__", "__other__"), retried("checkout", "check"))).to.deep.equal([
      ["jobRetries", "unit", 1],
      ["restarts", 2],
    ]);
  });
});
