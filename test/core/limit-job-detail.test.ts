import { expect } from "chai";
import { limitList } from "../../src/core/limit-job-detail.ts";

describe("the lists of a job's steps and tries", () => {
  it("are kept as they are where they are short", () => {
    const steps = [
      ["npm test", 12.5],
      ["Set up job", 0],
    ];

    expect(limitList(steps)).to.equal(steps);
  });

  it("are limited in number, length and content, so that a row stays at about 1,000 characters", () => {
    const steps = Array.from({ length: 400 }, (_, i) => [`step\u0000 ${i} ${"x".repeat(500)}`, i === 0 ? NaN : i, {}]);

    const limited = limitList(steps);

    expect(limited).to.have.length(5);
    expect(limited[0]).to.deep.equal([`step\uFFFD 0 ${"x".repeat(42)}`, null, null]);
    expect(JSON.stringify(limited).length).to.be.at.most(500);
    expect(limitList(limited)).to.equal(limited);
  });

  it("lose what is no entry", () => {
    expect(limitList(["text", ["npm ci", 3], null])).to.deep.equal([["npm ci", 3]]);
  });
});
