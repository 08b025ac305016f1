import * as fc from "fast-check";
import { bucketCount, storedMetrics } from "../../src/core/stored-metrics.ts";
import type { LedgerSnapshot, RollupRow } from "../../src/core/snapshot.ts";
import { namedMetrics } from "./snapshots.ts";

const codeUnits = ["\ud83d", "\ude00", "\u0000", "\u0001", "\r", "\t", "\u007f", "\u0085", "x"];
const famous = [
  "",
  "__proto__",
  "constructor",
  "__other__",
  "\u2028\u2029",
  "\ufeff",
  "é😀\u202e",
  '"} 1\nup 0',
  "# EOF\n",
];

/** What a sender may call things: every kind of text that has broken a scrape somewhere. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 24 }) },
  {
    weight: 5,
    arbitrary: fc.string({ unit: fc.constantFrom('"', "\\", "\n", " ", ..."n{},=#a".split("")), maxLength: 12 }),
  },
  // Single code units: lone surrogates, halves in the wrong order, NUL and the other controls.
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(...codeUnits), maxLength: 8 }) },
  { weight: 5, arbitrary: fc.constantFrom(...famous) },
  // Rare, because it takes long: a label of 10 kB.
  {
    weight: 1,
    arbitrary: fc.constantFrom("x", '"', "\\", "\n", "\ud800", "\u0000", "😀").map((unit) => unit.repeat(10_240)),
  },
);

const millis = fc.integer({ min: 1, max: 4_000_000_000_000 });
const amount = fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: 0, max: 2 ** 40 }));
const someSeconds = fc.oneof(
  fc.constantFrom(0, 1, 1.001, 60, 86_400, 86_401),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);

const exemplar = fc.record({
  run: hostileText,
  url: fc.option(
    fc.oneof(
      hostileText,
      hostileText.map((text) => `https://ci.example.com/${text}`),
    ),
  ),
  at: millis,
  seconds: fc.option(someSeconds),
});

const row: fc.Arbitrary<RollupRow> = fc.constantFrom(...namedMetrics).chain((metric) => {
  const definition = storedMetrics[metric];
  const size = definition.labels.length;
  // Some rows differ in nothing, or only in what sanitising takes away.
  const alike = fc.constantFrom("a", "\u0000", "\u0001", "\ufffd").map((text) => Array<string>(size).fill(text));
  return fc.record({
    metric: fc.constant(metric),
    labels: fc.oneof(alike, fc.array(hostileText, { minLength: size, maxLength: size })),
    count: amount,
    sum: fc.double({ min: 0, max: 1e12, noNaN: true }),
    buckets:
      definition.type === "histogram"
        ? fc.array(amount, { minLength: bucketCount, maxLength: bucketCount })
        : fc.constant([]),
    createdAt: millis,
    exemplar: fc.option(exemplar),
  });
});

/** A snapshot that a broken or hostile database could hold: any text, any order, series that appear twice. */
export const anySnapshot: fc.Arbitrary<LedgerSnapshot> = fc.record({
  rollups: fc.array(row, { maxLength: 12 }),
  active: fc.array(
    fc.record({
      provider: fc.constantFrom("gitlab", "jenkins"),
      project: hostileText,
      pipeline: hostileText,
      state: fc.constantFrom("pending", "blocked", "executing", "stale"),
      count: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 4 },
  ),
  redBranches: fc.array(fc.record({ labels: fc.array(hostileText, { minLength: 3, maxLength: 3 }), since: millis }), {
    maxLength: 4,
  }),
  lastDeliveries: fc.array(fc.record({ source: hostileText, at: millis }), { maxLength: 4 }),
  deadLetters: fc.array(fc.record({ source: hostileText, count: amount }), { maxLength: 4 }),
});
