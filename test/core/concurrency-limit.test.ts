import { expect } from "chai";
import { createConcurrencyLimit } from "../../src/core/concurrency-limit.ts";

describe("createConcurrencyLimit", () => {
  it("lets so many run at a time, and the others in the order in which they came", async () => {
    const limit = createConcurrencyLimit(2);
    const began: number[] = [];
    const take = async (n: number) => {
      const release = await limit.take();
      began.push(n);
      return release;
    };
    const [first, second, third, fourth] = [take(1), take(2), take(3), take(4)];
    await Promise.all([first, second]);
    expect([began, limit.size()]).to.deep.equal([[1, 2], 4]);

    (await second)?.();
    (await third)?.();
    (await fourth)?.();
    expect([began, limit.size()]).to.deep.equal([[1, 2, 3, 4], 1]);
    (await first)?.();
    expect(limit.size()).to.equal(0);
  });

  it("gives no place to who stopped waiting, and keeps it for the next", async () => {
    const limit = createConcurrencyLimit(1);
    const release = await limit.take();
    const stop = new AbortController();
    const [gone, next] = [limit.take(stop.signal), limit.take()];

    stop.abort();
    expect(await gone).to.equal(undefined);
    expect(await limit.take(stop.signal)).to.equal(undefined);
    expect(limit.size()).to.equal(2);
    release?.();
    expect(await next).to.be.a("function");
  });
});
