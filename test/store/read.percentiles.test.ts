import { expect } from "chai";
import { pickPercentiles } from "../../src/core/store/db/percentiles.ts";

describe("percentiles", () => {
  it("lie on the only value, or between two", () => {
    expect(pickPercentiles(0, () => 7)).to.deep.equal({ p50: 7, p80: 7, p90: 7, p95: 7 });
    expect(pickPercentiles(1, (place) => place * 100)).to.deep.equal({ p50: 50, p80: 80, p90: 90, p95: 95 });
    expect(pickPercentiles(100, (place) => place)).to.deep.equal({ p50: 50, p80: 80, p90: 90, p95: 95 });
  });
});
