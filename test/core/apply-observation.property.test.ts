import { expect } from "chai";
import * as fc from "fast-check";
import { fold, type Folded } from "../support/model/fold.ts";
import { history, redelivered } from "../support/model/histories.ts";

function ledger({ runs, totals }: Folded) {
  return {
    totals,
    runs: Object.entries(runs).map(([run, { jobs, completions, ...record }]) => [
      run,
      { ...record, jobs: Object.fromEntries(jobs), completions: Object.fromEntries(completions) },
    ]),
  };
}

describe("project: laws", () => {
  it("comes to the same ledger in any order and with any duplicates", () => {
    fc.assert(
      fc.property(redelivered, ([inOrder, otherwise]) => {
        expect(ledger(fold(otherwise))).to.deep.equal(ledger(fold(inOrder)));
      }),
      { numRuns: 1000 },
    );
  });

  it("never lets a total go down", () => {
    fc.assert(
      fc.property(redelivered, ([, deliveries]) => {
        let before: Record<string, number> = {};
        for (let n = 1; n <= deliveries.length; n++) {
          const { totals } = fold(deliveries.slice(0, n));
          for (const [series, value] of Object.entries(before)) expect(totals[series], series).to.be.at.least(value);
          before = totals;
        }
      }),
      { numRuns: 60 },
    );
  });

  it("counts every result that was delivered once", () => {
    fc.assert(
      fc.property(history, (deliveries) => {
        const delivered = new Set(deliveries.map(({ completion, run }) => completion && `${run} ${completion}`));
        delivered.delete(undefined);

        const { totals } = fold([...deliveries, ...deliveries]);

        const counted = Object.entries(totals).filter(([name]) => name.startsWith("cicd_pipeline_runs_total{"));
        expect(counted.reduce((sum, [, value]) => sum + value, 0)).to.equal(delivered.size);
      }),
      { numRuns: 300 },
    );
  });
});
