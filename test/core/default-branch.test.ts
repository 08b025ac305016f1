import { expect } from "chai";
import * as fc from "fast-check";
import { listRedPeriods } from "../../src/answers/red-periods.ts";
import { foldBranch, unknownBranch, type BranchRun } from "../../src/core/default-branch.ts";

/** Attempts at few moments, so that several end at once. */
const anyRuns: fc.Arbitrary<BranchRun[]> = fc.uniqueArray(
  fc.record({
    at: fc.integer({ min: 1, max: 40 }),
    isRed: fc.boolean(),
    nativeId: fc.constantFrom("9", "10"),
    order: fc.nat(2),
  }),
  { selector: ({ nativeId, order }) => `${nativeId} ${order}`, maxLength: 6 },
);

/** Many attempts of many runs. */
const manyRuns: fc.Arbitrary<BranchRun[]> = fc
  .array(fc.record({ at: fc.integer({ min: 1, max: 500 }), isRed: fc.boolean() }), { maxLength: 40 })
  .map((all) => all.map((run, i) => ({ ...run, nativeId: String(i), order: 0 })));

function foldAll(runs: readonly BranchRun[]) {
  return foldBranch(unknownBranch, runs);
}

describe("default branch", () => {
  it("comes to the same in any order of its attempts", () => {
    fc.assert(
      fc.property(
        anyRuns.chain((runs) => fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length }))),
        ([runs, shuffled]) => {
          expect(foldAll(shuffled)).to.deep.equal(foldAll(runs));
        },
      ),
    );
  });

  it("never breaks less often when one more attempt is known, wherever it belongs", () => {
    fc.assert(
      fc.property(manyRuns, (runs) => {
        for (let n = 1; n <= runs.length; n++)
          expect(foldAll(runs.slice(0, n)).state.breaks).to.be.at.least(foldAll(runs.slice(0, n - 1)).state.breaks);
      }),
      { numRuns: 300 },
    );
  });

  it("comes to the same when later attempts are added to what is known", () => {
    fc.assert(
      fc.property(manyRuns, fc.integer({ min: 1, max: 500 }), (runs, cut) => {
        const earlier = foldAll(runs.filter(({ at }) => at <= cut));
        const later = foldBranch(
          earlier.state,
          runs.filter(({ at }) => at > cut),
        );

        expect(later.state).to.deep.equal(foldAll(runs).state);
        expect([...earlier.redTimes, ...later.redTimes]).to.deep.equal(foldAll(runs).redTimes);
      }),
    );
  });

  it("breaks as often as the insight says, and is red as long", () => {
    fc.assert(
      fc.property(manyRuns, (runs) => {
        const decisions = runs.map((run, runId) => ({ ...run, runId, commit: null }));
        const { periods, breaks } = listRedPeriods(decisions, { since: 0, until: 1000 });
        const { state, redTimes } = foldAll(runs);

        expect(state.breaks).to.equal(breaks);
        expect(redTimes.map(({ millis }) => millis / 1000)).to.deep.equal(
          periods.filter(({ until }) => until !== null).map(({ seconds }) => seconds),
        );
        expect(state.redSince).to.equal(periods.find(({ until }) => until === null)?.since ?? null);
      }),
    );
  });
});
