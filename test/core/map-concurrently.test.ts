import { expect } from "chai";
import { mapConcurrently } from "../../src/core/map-concurrently.ts";

describe("mapConcurrently", () => {
  it("gives results in the order of the items, with at most so many calls under way", async () => {
    let [open, most] = [0, 0];
    const results = await mapConcurrently([5, 4, 3, 2, 1, 0], 3, async (turns) => {
      most = Math.max(most, ++open);
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      open--;
      return turns * 10;
    });

    expect(results).to.deep.equal([50, 40, 30, 20, 10, 0]);
    expect(most).to.equal(3);
  });

  it("calls nothing for no items", async () => {
    expect(await mapConcurrently([], 3, () => Promise.reject(new Error("called")))).to.deep.equal([]);
  });

  it("rejects with the first error, and begins no call after it", async () => {
    const begun: number[] = [];
    const failing = mapConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await new Promise(setImmediate);
      if (item === 2) throw new Error("the second");
    });

    expect(await failing.catch((error: Error) => error.message)).to.equal("the second");
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    expect(begun).to.deep.equal([1, 2, 3]);
  });
});
