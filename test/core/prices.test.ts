import { expect } from "chai";
import { createCostCalculator, toCurrency, type Price } from "../../src/core/prices.ts";

const november = Date.UTC(2026, 10, 1);
const change = Date.UTC(2026, 10, 20);
const prices: readonly Price[] = [
  { runnerClass: "ubuntu-*", from: november, perMinute: 0.008, rounding: "minute_up" },
  { runnerClass: "ubuntu-*", from: change, perMinute: 0.006, rounding: "minute_up" },
  { runnerClass: "macos", from: november, perMinute: 0.08, rounding: "minute_up" },
  { runnerClass: "self", from: november, perMinute: 0.03, rounding: "second" },
];
const compute = createCostCalculator(prices);
const before = change - 1;
const cost = (runnerClass: string | null, seconds: number, at = before) =>
  compute({ runnerClass, millis: seconds * 1000, at });

describe("the cost of jobs", () => {
  it("of a bill of twenty by hand, to the cent", () => {
    // Class, seconds, day, and what it costs in tenths of a cent.
    const bill: readonly (readonly [string, number, number, number])[] = [
      ["ubuntu-22", 1, before, 8],
      ["ubuntu-22", 60, before, 8],
      ["ubuntu-22", 60.001, before, 16],
      ["ubuntu-24", 61, before, 16],
      ["ubuntu-24", 599, before, 80],
      ["ubuntu-24", 600, before, 80],
      ["ubuntu-24", 0, before, 0],
      ["ubuntu-24", 1, change, 6],
      ["ubuntu-24", 61, change, 12],
      ["ubuntu-22", 3600, change, 360],
      ["macos", 30, before, 80],
      ["macos", 90, before, 160],
      ["macos", 90, change, 160],
      ["macos", 1800, change, 2400],
      ["self", 2, before, 1],
      ["self", 60, before, 30],
      ["self", 90, before, 45],
      ["self", 89.5, change, 45],
      ["self", 3600, change, 1800],
      ["self", 7200, before, 3600],
    ];
    expect(bill).to.have.length(20);
    for (const [name, seconds, at, tenths] of bill) {
      expect(toCurrency(cost(name, seconds, at) ?? Number.NaN), `${name} ${seconds}`).to.equal(tenths / 1000);
    }
    const total = bill.reduce((sum, [name, seconds, at]) => sum + (cost(name, seconds, at) ?? 0), 0);
    expect(toCurrency(total)).to.equal(8.907);
  });

  it("is unknown before the first price, and for a class without one", () => {
    expect(cost("ubuntu-22", 60, november - 1)).to.equal(undefined);
    expect(cost("windows", 60)).to.equal(undefined);
    expect(cost(null, 60)).to.equal(undefined);
  });

  it("does not change for earlier days when a price is added", () => {
    const cheaper = createCostCalculator([
      ...prices,
      { runnerClass: "ubuntu-*", from: change + 1, perMinute: 0, rounding: "second" },
    ]);
    for (const at of [before, change]) {
      expect(cheaper({ runnerClass: "ubuntu-22", millis: 61_000, at })).to.equal(cost("ubuntu-22", 61, at));
    }
    expect(cheaper({ runnerClass: "ubuntu-22", millis: 61_000, at: change + 1 })).to.equal(0);
  });

  it("is that of the first class that fits, whatever the order of its prices", () => {
    const listed: readonly Price[] = [
      { runnerClass: "gpu", from: november, perMinute: 6, rounding: "second" },
      { runnerClass: "*", from: november, perMinute: 3, rounding: "second" },
      { runnerClass: "gpu", from: change, perMinute: 1, rounding: "second" },
    ];
    const ask = createCostCalculator(listed);

    expect(toCurrency(ask({ runnerClass: "gpu", millis: 60_000, at: change }) ?? 0)).to.equal(1);
    expect(toCurrency(ask({ runnerClass: "gpu", millis: 60_000, at: before }) ?? 0)).to.equal(6);
    expect(toCurrency(ask({ runnerClass: "cpu", millis: 60_000, at: before }) ?? 0)).to.equal(3);
    expect(toCurrency(ask({ runnerClass: null, millis: 60_000, at: before }) ?? 0)).to.equal(3);
  });
});
