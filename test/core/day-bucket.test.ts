import { expect } from "chai";
import {
  buildDayBucketSql,
  dayTimesErrorBound,
  estimateSeconds,
  findDayBucket,
  unmeasuredBucket,
} from "../../src/core/day-bucket.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import { databases, sandbox } from "../support/database/databases.ts";

/** Milliseconds around the bounds of all buckets up to a month, and those of powers of two, which are bounds themselves. */
const times = [
  ...Array.from({ length: 520 }, (_, k) => Math.round(1000 * 2 ** ((k - 160) / 16))).flatMap((at) => [
    at - 1,
    at,
    at + 1,
  ]),
  ...Array.from({ length: 22 }, (_, k) => 1000 * 2 ** k),
  125,
  250,
  500,
].filter((at) => at >= 0);

describe("the buckets of the day cube", () => {
  it("hold the times up to their bound, the bound included", () => {
    expect([1000, 1001, 2000, 2001, 500, 501].map(findDayBucket)).to.deep.equal([0, 1, 16, 17, -16, -15]);
    expect([0, 1].map(findDayBucket)).to.deep.equal([-160, -159]);
    expect([0, 1].map(findDayBucket)).to.not.include(unmeasuredBucket);
  });

  it("are so narrow that their middle is near any time in them", () => {
    for (const at of times) {
      if (at === 0) continue;
      const error = Math.abs(estimateSeconds(findDayBucket(at)) * 1000 - at) / at;
      expect(error, `${at} ms`).to.be.below(dayTimesErrorBound);
    }
  });

  it("have no whole millisecond so near to a bound that programs could differ", () => {
    for (const at of times) {
      if (at === 0) continue;
      const place = 16 * Math.log2(at / 1000) - 1e-9;
      expect(Math.abs(place - Math.round(place)), `${at} ms`).to.be.above(1e-10);
    }
  });
});

for (const database of databases) {
  describe(`the buckets of the day cube: ${database.name}`, () => {
    const box = sandbox(database);

    it("are in SQL what they are in the program", async () => {
      const { knex, engine } = (await box.store()).connection;
      const distinct = [...new Set(times)];
      expect(distinct).to.have.length.above(1000);

      for (let from = 0; from < distinct.length; from += 200) {
        const some = distinct.slice(from, from + 200);
        const values = some.map((at) => `select ${at} as millis`).join(" union all ");
        const sql = `select millis, ${buildDayBucketSql(engine === "sqlite", "millis")} as bucket from (${values}) as given`;
        const found = toRows(await knex.raw(sql)).map(({ millis, bucket }) => [Number(millis), Number(bucket)]);
        expect(found).to.deep.equal(some.map((at) => [at, findDayBucket(at)]));
      }
    });

    it("have one for what was not measured", async () => {
      const { knex, engine } = (await box.store()).connection;
      const sql = `select ${buildDayBucketSql(engine === "sqlite", "millis")} as bucket from (select cast(null as integer) as millis) as given`;

      expect(toRows(await knex.raw(sql)).map(({ bucket }) => Number(bucket))).to.deep.equal([unmeasuredBucket]);
    });
  });
}
