import { foldedLabels, foldedValue } from "../../fold-series.ts";
import {
  bucketCount,
  provenMetrics,
  storedMetrics,
  type MetricKey,
  type Proof,
  type StoredMetric,
} from "../../stored-metrics.ts";
import { bigint, createDecoder, integer, nullable, type Row } from "../db/columns.ts";
import { decodeSeries } from "../db/rows.ts";
import { bucketColumns, figureColumns, retiredColumns, rollupColumns, rollupShardColumns } from "../db/tables.ts";
import type { Transaction } from "../db/transaction.ts";
import { joinLabels, type Series, toSeriesKey, splitLabels } from "../../series.ts";

/** The figures of a series. Buckets are not cumulative; those of a counter are 0. */
export interface Figures {
  count: number;
  sumMillis: number;
  readonly buckets: number[];
}

export interface Total {
  readonly series: Series;
  readonly figures: Figures;
}

/** The stored totals, and the totals that stored rows prove. */
export interface Recomputed {
  /** By series key. */
  readonly stored: ReadonlyMap<string, Total>;
  readonly proven: ReadonlyMap<string, Total>;
  /** Histograms that were full once: it is not stored which times were counted as `__other__`. */
  readonly unprovable: ReadonlySet<MetricKey>;
  /** Completions, and times that were filled in later, whose series no longer exists. */
  readonly orphans: number;
}

/** Where the facts that prove totals are stored: the column with the id of the series that counted them, and how much it counted. */
interface ProofRows {
  readonly table: string;
  readonly series: string;
  readonly amount: string;
}

/** Rounded as `addIncrements` rounds, so that sums are equal to the millisecond. */
const toMillis = (seconds: string) => `floor(${seconds} * 1000 + 0.5)`;

const proofs: Readonly<Record<Proof, ProofRows>> = {
  runCompletion: { table: "run_completions", series: "rollup_id", amount: "count(*)" },
  jobCompletion: { table: "job_completions", series: "rollup_id", amount: "count(*)" },
  jobSeconds: { table: "job_completions", series: "seconds_rollup_id", amount: `sum(${toMillis("duration_seconds")})` },
  breaks: { table: "default_branches", series: "breaks_rollup_id", amount: "sum(breaks)" },
  redTime: { table: "default_branches", series: "red_rollup_id", amount: "sum(red_millis)" },
  tally: { table: "tallies", series: "rollup_id", amount: "sum(count)" },
};

/** A histogram of a time of completions. Its series has the first labels of the counter that counted the completion. */
interface Times {
  readonly metric: MetricKey;
  readonly bounds: readonly number[];
  readonly table: string;
  /** The column with the seconds. */
  readonly seconds: string;
  /** The column with the id of the histogram's series, for where the labels are others than the counter's. */
  readonly own: string;
}

const times: readonly Times[] = provenMetrics.flatMap((metric) => {
  const { provenBy, observes, buckets: bounds = [] }: StoredMetric = storedMetrics[metric];
  if (provenBy === undefined || observes === undefined) return [];
  const own = provenBy === "runCompletion" ? `${observes}_rollup_id` : "null";
  return [{ metric, bounds, table: proofs[provenBy].table, seconds: `${observes}_seconds`, own }];
});

/** Events that stored rows prove; for a histogram those of one bucket, with their sum in milliseconds. */
interface Events {
  readonly count: number;
  readonly millis?: number;
  readonly bucket?: number;
}

const counted = { rollupId: bigint("rollup_id"), count: bigint("count") };
const decodeCounted = createDecoder(counted);
const decodeObserved = createDecoder({
  ...counted,
  ownId: nullable(bigint("own_id")),
  millis: bigint("millis"),
  bucket: integer("bucket"),
});

/** Called after each part of a long operation, with the number of parts that are done and that there are. */
export type Step = (done: number, all: number) => void;

/** Reads both sides. The transaction must be a snapshot; memory grows with the series, not with the history. */
export async function recomputeTotals(trx: Transaction, onStep: Step = () => undefined): Promise<Recomputed> {
  const byId = new Map<number, Total>();
  const stored = new Map<string, Total>();
  for (const row of await trx.query("select * from rollups")) {
    const total = readTotal(row);
    byId.set(rollupColumns.id.read(row), total);
    stored.set(toSeriesKey(total.series), total);
  }
  for (const row of await trx.query("select * from rollup_shards")) {
    const total = byId.get(rollupShardColumns.rollupId.read(row));
    if (total !== undefined) addFigures(total.figures, readFigures(row));
  }
  const unprovable = new Set(times.map(({ metric }) => metric).filter((metric) => hasOverflowed(stored, metric)));
  const proven = new Map<string, Total>();
  const retired = new Set((await trx.query("select rollup_id from retired_series")).map(retiredColumns.rollupId.read));
  let orphans = 0;
  const add = (id: number, series: Series | undefined, events: Events) => {
    if (retired.has(id)) return;
    if (series === undefined) orphans += events.count;
    else if (!isFolded(series)) addTo(proven, series, events);
  };
  const provable = times.filter(({ metric }) => !unprovable.has(metric));
  const steps = Object.keys(proofs).length + provable.length;
  let step = 0;
  for (const [proof, { table, series, amount }] of Object.entries(proofs)) {
    onStep(step++, steps);
    // 0: stored uncounted, until the run has its name.
    const rows = await trx.query(
      `select ${series} as rollup_id, ${amount} as count from ${table} where ${series} <> 0 group by ${series}`,
    );
    for (const row of rows.map(decodeCounted)) {
      const counter = byId.get(row.rollupId)?.series;
      // Orphans are counted by completion, not by millisecond.
      if (counter !== undefined || proof !== "jobSeconds") add(row.rollupId, counter, row);
    }
  }
  for (const time of provable) {
    onStep(step++, steps);
    for (const row of (await trx.query(buildTimesSql(time))).map(decodeObserved)) {
      const { ownId, rollupId } = row;
      const counter = byId.get(rollupId)?.series;
      // A completion without its counter was added to `orphans` above.
      if (ownId === null && counter === undefined) continue;
      const series = ownId === null ? findHistogram(counter, time) : byId.get(ownId)?.series;
      add(ownId ?? rollupId, series, row);
    }
  }
  onStep(step, steps);
  return { stored, proven, unprovable, orphans };
}

function buildTimesSql({ bounds, table, seconds, own }: Times): string {
  const cases = bounds.map((bound, i) => `when ${seconds} <= ${bound} then ${i}`).join(" ");
  return `
    select rollup_id, own_id, bucket, count(*) as count, sum(millis) as millis from (
      select rollup_id, ${own} as own_id, ${toMillis(seconds)} as millis,
        case ${cases} else ${bounds.length} end as bucket
      from ${table} where ${seconds} >= 0
    ) as observed group by rollup_id, own_id, bucket`;
}

function findHistogram(counter: Series | undefined, { metric }: Times): Series | undefined {
  // A folded counter does not show under which labels the times were observed, so they are left out, like the counter.
  if (counter === undefined || isFolded(counter)) return counter;
  // The labels of a histogram are the first ones of its counter.
  const { length } = storedMetrics[metric].labels;
  return { metric, labels: joinLabels(...splitLabels(counter.labels).slice(0, length)) };
}

function readTotal(row: Row): Total {
  return { series: decodeSeries(row), figures: readFigures(row) };
}

function readFigures(row: Row): Figures {
  const buckets = bucketColumns.map((column) => column.read(row));
  const { count, sumMillis } = figureColumns;
  return { count: count.read(row), sumMillis: sumMillis.read(row), buckets };
}

function addFigures(total: Figures, { count, sumMillis, buckets }: Figures): void {
  total.count += count;
  total.sumMillis += sumMillis;
  buckets.forEach((bucket, i) => (total.buckets[i] = (total.buckets[i] ?? 0) + bucket));
}

function addTo(totals: Map<string, Total>, series: Series, { count, millis = 0, bucket }: Events): void {
  const key = toSeriesKey(series);
  const { figures } = totals.get(key) ?? { figures: zero() };
  figures.count += count;
  figures.sumMillis += millis;
  if (bucket !== undefined) figures.buckets[bucket] = (figures.buckets[bucket] ?? 0) + count;
  totals.set(key, { series, figures });
}

export function zero(): Figures {
  return { count: 0, sumMillis: 0, buckets: Array<number>(bucketCount).fill(0) };
}

/** Whether a series counts for others for which there was no room. */
export function isFolded({ metric, labels }: Series): boolean {
  // A metric of a newer version, after a downgrade, has no definition.
  const names: readonly string[] = storedMetrics[metric]?.labels ?? [];
  return splitLabels(labels).some((value, i) => value === foldedValue && foldedLabels.has(names[i] ?? ""));
}

function hasOverflowed(stored: ReadonlyMap<string, Total>, metric: MetricKey): boolean {
  const { name }: StoredMetric = storedMetrics[metric];
  return (stored.get(toSeriesKey({ metric: "overflow", labels: name }))?.figures.count ?? 0) > 0;
}
