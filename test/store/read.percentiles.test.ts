import { expect } from "chai";
import { percentilesOf } from "../../src/core/store/read/percentiles.ts";

describe("percentiles", () => {
  it("lie on the only value, or between two", () => {
    expect(percentilesOf(0, () => 7)).to.deep.equal({ p50: 7, p80: 7, p95: 7 });
    expect(percentilesOf(1, (place) => place * 100)).to.deep.equal({ p50: 50, p80: 80, p95: 95 });
    expect(percentilesOf(100, (place) => place)).to.deep.equal({ p50: 50, p80: 80, p95: 95 });
  });
});
