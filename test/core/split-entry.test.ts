import { expect } from "chai";
import { splitEntry, weigh } from "../../src/core/split-entry.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { entry } from "../support/database/tables.ts";

const jobs = (count: number) =>
  Array.from({ length: count }, (_, i) => ofJob(String(i), `job ${i}`, "success", { clock: 60 }));

describe("parts of a delivery", () => {
  it("is one where it is small, unchanged", () => {
    const small = entry("a", [
      ofRun("1", "success", { clock: 70, jobs: jobs(5) }),
      ofRun("2", "success", { clock: 70 }),
    ]);

    expect(splitEntry(small, 5)).to.deep.equal([small]);
    expect(weigh(small)).to.equal(6);
  });

  it("hold every job once and in order; the last alone says that the run is complete and that all was received", () => {
    const large = entry("a", [
      ofRun("1", "success", { clock: 70, jobs: jobs(7) }),
      ofRun("2", "failure", { clock: 70, jobs: jobs(4) }),
    ]);

    const parts = splitEntry(large, 3);

    const sizes = parts.map(({ observations }) => observations.map(({ run, jobs: some = [] }) => [run, some.length]));
    expect(sizes).to.deep.equal([
      [["1", 3]],
      [["1", 3]],
      [
        ["1", 1],
        ["2", 2],
      ],
      [["2", 2]],
    ]);
    for (const run of ["1", "2"]) {
      const statements = parts.flatMap(({ observations }) => observations.filter((one) => one.run === run));
      const whole = large.observations.find((one) => one.run === run);
      expect(statements.flatMap(({ jobs: some = [] }) => some)).to.deep.equal(whole?.jobs);
      expect(statements.map(({ completion }) => completion)).to.deep.equal(
        statements.map((_, i) => (i === statements.length - 1 ? whole?.completion : undefined)),
      );
      expect(statements.every(({ part }) => part === true)).to.equal(true);
      for (const { facts, version } of statements)
        expect({ facts, version }).to.deep.equal({ facts: whole?.facts, version: whole?.version });
    }
    expect(parts.map(({ part }) => part)).to.deep.equal([true, true, true, undefined]);
    expect(parts.every((one) => weigh(one) <= 4)).to.equal(true);
  });

  it("are not made of what an old collector saved, whose jobs are matched as a whole", () => {
    const figures = { savedAt: 1, pipelineId: "1", duration: 1, durationE2e: 1, hasRestarts: false, jobs: [] };
    const saved = entry("a", [
      { ...ofRun("1", "success", { clock: 70, jobs: jobs(9) }), extension: { saved: figures } },
    ]);

    expect(splitEntry(saved, 3)).to.deep.equal([saved]);
  });
});
