import { expect } from "chai";
import * as fc from "fast-check";
import { durationBuckets, storedMetrics, type StoredMetric } from "../../src/core/stored-metrics.ts";
import type { LedgerSnapshot, RollupRow } from "../../src/core/snapshot.ts";
import { joinExposition, renderLedger } from "../../src/metrics/exposition.ts";
import type { Format } from "../../src/metrics/format.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import type { Family, Sample } from "../support/exposition/rules.ts";
import { anySnapshot } from "./arbitrary.ts";
import { namedMetrics } from "./snapshots.ts";

/** What of a text must survive, written a second time: code unit by code unit, without a regular expression. */
function readable(text: string): string {
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    out += (code < 0x20 && char !== "\n") || (code >= 0xd800 && code <= 0xdfff) ? "\ufffd" : char;
  }
  return out;
}

/** Labels in the order of the metric's definition, which is the order in which they are written. */
const key = (labels: Iterable<readonly [string, string]>) => JSON.stringify([...labels]);

/** Metric name and labels → everything that the rows say of that series, added up. */
function expected(rows: readonly RollupRow[]): Map<string, RollupRow[]> {
  const series = new Map<string, RollupRow[]>();
  for (const row of rows) {
    const { name, labels }: StoredMetric = storedMetrics[row.metric];
    const id = name + key(labels.map((label, i) => [label, readable(row.labels[i] ?? "")] as const));
    series.set(id, [...(series.get(id) ?? []), row]);
  }
  return series;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function checkCounter(
  { name, unit }: StoredMetric,
  family: Family,
  format: Format,
  rows: Map<string, RollupRow[]>,
): void {
  for (const sample of family.samples) {
    const of = rows.get(name + key(sample.labels)) ?? [];
    if (sample.name.endsWith("_created")) {
      expect(sample.value).to.equal(Math.min(...of.map((row) => row.createdAt)) / 1000);
    } else {
      expect(sample.value).to.equal(sum(of.map((row) => row.count)) / (unit === "millis" ? 1000 : 1));
      checkExemplar(sample, of, format, () => 1);
    }
  }
}

function checkHistogram(name: string, family: Family, format: Format, rows: Map<string, RollupRow[]>): void {
  for (const sample of family.samples) {
    const own = [...sample.labels].filter(([label]) => label !== "le");
    const of = rows.get(name + key(own)) ?? [];
    const le = sample.labels.get("le");
    const upper = le === "+Inf" ? Infinity : Number(le);
    const shown = [...durationBuckets, Infinity].map((bound) => bound <= upper);
    const cumulative = sum(of.flatMap((row) => row.buckets.filter((_, i) => shown[i])));
    if (sample.name.endsWith("_created")) {
      expect(sample.value).to.equal(Math.min(...of.map((row) => row.createdAt)) / 1000);
    } else if (sample.name.endsWith("_sum")) expect(sample.value).to.equal(sum(of.map((row) => row.sum)));
    else if (sample.name.endsWith("_count")) expect(sample.value).to.equal(sum(of.flatMap((row) => row.buckets)));
    else {
      expect(sample.value).to.equal(cumulative);
      checkExemplar(sample, of, format, (row) => row.exemplar?.seconds ?? NaN);
    }
  }
}

/** An exemplar is that of the newest event of the series, never cut, and never in the text format. */
function checkExemplar(
  { exemplar }: Sample,
  rows: readonly RollupRow[],
  format: Format,
  getValue: (row: RollupRow) => number,
): void {
  if (exemplar === undefined) return;
  expect(format).to.equal("openmetrics");
  const newest = Math.max(...rows.map((row) => row.exemplar?.at ?? 0));
  const match = rows.find(
    (row) =>
      row.exemplar?.at === newest &&
      readable(row.exemplar.run) === exemplar.labels.get("run_id") &&
      getValue(row) === exemplar.value &&
      [undefined, readable(row.exemplar.url ?? "")].includes(exemplar.labels.get("run_url")),
  );
  expect(match, "an event of this series").to.not.equal(undefined);
  expect(exemplar.timestamp).to.equal(newest / 1000);
}

function check(snapshot: LedgerSnapshot, format: Format): void {
  const text = [...joinExposition(renderLedger(snapshot, format), format)].join("");
  const families = parseExposition(text, format);
  const rows = expected(snapshot.rollups);
  let series = 0;
  for (const metric of namedMetrics.map((named) => storedMetrics[named])) {
    const family = families.get(format === "text" ? metric.name : metric.name.replace(/_total$/, ""));
    if (family === undefined) continue;
    const mark = metric.type === "counter" ? metric.name : `${metric.name}_count`;
    series += family.samples.filter((sample) => sample.name === mark).length;
    if (metric.type === "counter") checkCounter(metric, family, format, rows);
    else checkHistogram(metric.name, family, format, rows);
  }
  expect(series, "every series is there, once").to.equal(rows.size);
}

describe("ledger exposition: any labels", () => {
  for (const format of ["text", "openmetrics"] as const) {
    it(`${format}: parses strictly and says exactly what the snapshot says`, () => {
      fc.assert(
        fc.property(anySnapshot, (snapshot) => {
          check(snapshot, format);
        }),
        { numRuns: 200 },
      );
    });
  }

  it("is the same text for the same snapshot", () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        expect([...renderLedger(structuredClone(snapshot), "openmetrics")]).to.deep.equal([
          ...renderLedger(snapshot, "openmetrics"),
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves the prototype of objects alone", () => {
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
    expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
  });
});
