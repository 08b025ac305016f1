import { expect } from "chai";
import type { Observation } from "../../../src/core/model.ts";
import { fold, permutations, total, type Folded } from "../model/fold.ts";
import { observed } from "./gitlab.ts";
import { runResults as allResults } from "../../../src/core/states.ts";

interface Counts {
  readonly results?: Record<string, number>;
  readonly restarts?: number;
  readonly recovered?: number;
  readonly retries?: number;
}

/** Delivers in every order, once and twice: the same totals, the same rows. Returns what it came to. */
export function inEveryOrder(bodies: readonly unknown[], expected: Counts): Folded {
  return ofObservations(
    bodies.map((body) => observed(body)),
    expected,
  );
}

export function ofObservations(observations: readonly Observation[], expected: Counts): Folded {
  expect(observations.length).to.be.at.most(6);
  const inOrder = fold(observations);
  for (const order of permutations(observations)) {
    expect(rows(fold(order))).to.deep.equal(rows(inOrder));
    expect(fold(order).totals).to.deep.equal(inOrder.totals);
    expect(fold([...order, ...order])).to.deep.equal(fold(order));
    expect(fold(order.flatMap((observation) => [observation, observation]))).to.deep.equal(fold(order));
  }
  const { results = {}, restarts = 0, recovered = 0, retries = 0 } = expected;
  for (const result of allResults) {
    expect(total(inOrder, "cicd_pipeline_runs_total", { result }), result).to.equal(results[result] ?? 0);
  }
  expect(total(inOrder, "cicd_pipeline_run_restarts_total"), "restarts").to.equal(restarts);
  expect(total(inOrder, "cicd_pipeline_runs_recovered_total"), "recovered").to.equal(recovered);
  expect(total(inOrder, "cicd_job_retries_total"), "retries").to.equal(retries);
  return inOrder;
}

/** What the ledger's rows hold, without the order in which jobs and completions came in. */
export function rows(folded: Folded) {
  return Object.entries(folded.runs).map(
    ([run, { folded: latest, attempt, restarts, recovered, jobs, completions }]) => ({
      run,
      latest,
      attempt,
      restarts,
      recovered,
      jobs: Object.fromEntries(jobs),
      completions: Object.fromEntries(completions),
    }),
  );
}

export function run700(folded: Folded) {
  const record = folded.runs["gitlab/700"];
  if (record === undefined) throw new Error("run 700 is not there");
  return record;
}

/** As `inEveryOrder`, where two deliveries of one completion differ in a time: whichever comes first is observed. */
export function inEveryOrderButTimes(bodies: readonly unknown[], results: Record<string, number>): Folded {
  const observations = bodies.map((body) => observed(body));
  const inOrder = fold(observations);
  const facts = (folded: Folded) => rows(folded).map((row) => ({ ...row, completions: Object.keys(row.completions) }));
  for (const order of permutations(observations)) {
    for (const folded of [fold(order), fold([...order, ...order])]) {
      expect(facts(folded)).to.deep.equal(facts(inOrder));
      for (const [result, count] of Object.entries(results)) {
        expect(total(folded, "cicd_pipeline_runs_total", { result })).to.equal(count);
      }
      expect(total(folded, "cicd_pipeline_runs_total")).to.equal(1);
      expect(total(folded, "cicd_pipeline_run_restarts_total")).to.equal(0);
      expect(total(folded, "cicd_job_retries_total")).to.equal(0);
    }
  }
  return inOrder;
}

/** What a histogram holds over all series: how many observations, or their sum in seconds. */
export function histogram(folded: Folded, metric: string, of: "count" | "sum"): number {
  return Object.entries(folded.totals)
    .filter(([name]) => name.startsWith(`${metric}{`) && name.endsWith(`}_${of}`))
    .reduce((sum, [, value]) => sum + value, 0);
}
