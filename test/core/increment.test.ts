import { expect } from "chai";
import { findBucket } from "../../src/core/increment.ts";
import { durationBuckets } from "../../src/core/stored-metrics.ts";

describe("increment: the bucket of a time", () => {
  const bounds = durationBuckets;
  const table: readonly [number, number][] = [
    [0, 0],
    [1, 0],
    [1.000_001, 1],
    [59.9, 4],
    [60, 4],
    [86_400, bounds.length - 1],
    [86_400.001, bounds.length],
    [Infinity, bounds.length],
  ];

  for (const [seconds, bucket] of table) {
    it(`${seconds} s falls into bucket ${bucket}`, () => {
      expect(findBucket(seconds, bounds)).to.equal(bucket);
    });
  }
});
