import { expect } from "chai";
import { readSources } from "../support/architecture.ts";

/** Every number of an advisory lock, by the place that names it. They lie together so that they are found together. */
function findLocks(): readonly (readonly [place: string, lock: number])[] {
  return [...readSources("src/core/store")].flatMap(([file, source]) =>
    [...source.matchAll(/const (\w+) = (7_310_\d{3});/g)].map(([, name = "", lock = ""]): [string, number] => [
      `${file} ${name}`,
      Number(lock.replaceAll("_", "")),
    ]),
  );
}

describe("store, advisory locks", () => {
  it("have each a number of their own: two that share one wait for each other without a reason", () => {
    const locks = findLocks();

    expect(locks.length).to.be.above(5);
    const shared = locks.filter(([, lock]) => locks.filter(([, other]) => other === lock).length > 1);
    expect(shared.map(([place]) => place)).to.deep.equal([]);
  });
});
