import { expect } from "chai";
import { createShards, firstShardLock, type ShardLock } from "../../src/core/store/db/shards.ts";

/** The shards that an attempt tries to lock, in order. */
function listTried(attempt: ShardLock | undefined): number[] {
  return [...(attempt?.sql ?? "").matchAll(/xact_lock\((\d+)\) then (\d+)/g)].map(([, lock, shard]) => {
    expect(Number(lock)).to.equal(firstShardLock + Number(shard));
    return Number(shard);
  });
}

describe("store, the choice of a shard", () => {
  it("is none where there is one shard", () => {
    expect(createShards(() => 1).begin()).to.equal(undefined);
  });

  it("tries all, shard 0 first", () => {
    expect(listTried(createShards(() => 3).begin())).to.deep.equal([0, 1, 2]);
  });

  it("tries the shard first that the latest transaction had", () => {
    const shards = createShards(() => 3);
    const [one, other] = [shards.begin(), shards.begin()];
    expect([one?.settle(2), other?.settle(1)]).to.deep.equal([2, 1]);
    one?.end();
    other?.end();

    expect([listTried(shards.begin()), listTried(shards.begin()), listTried(shards.begin())]).to.deep.equal([
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });

  it("waits in the shard that was tried first where all are held", () => {
    const shards = createShards(() => 2);
    const first = shards.begin();
    first?.settle(1);
    first?.end();

    expect(shards.begin()?.settle(null)).to.equal(1);
  });

  it("goes back to the shards that there are, when there are fewer", () => {
    let count = 4;
    const shards = createShards(() => count);
    const first = shards.begin();
    first?.settle(3);
    first?.end();
    count = 2;

    expect(listTried(shards.begin())).to.deep.equal([0, 1]);
  });
});
