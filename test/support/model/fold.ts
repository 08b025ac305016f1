import { createTaskClassifier, defaultTaskRules } from "../../../src/core/task-type.ts";
import type { Counted } from "../../../src/core/completion.ts";
import type { Observation } from "../../../src/core/model.ts";
import { applyObservation } from "../../../src/core/apply-observation.ts";
import { storedMetrics } from "../../../src/core/stored-metrics.ts";
import { releaseRun } from "../../../src/core/waiting.ts";
import { listInitialSeries, splitLabels } from "../../../src/core/series.ts";
import type { Increment } from "../../../src/core/increment.ts";
import type { Change, RunRecord } from "../../../src/core/run-record.ts";

/** What a store would hold after these observations: the records by run, and every counter and histogram sum. */
export interface Folded {
  readonly runs: Record<string, RunRecord>;
  /** `metric{label="value",…}` → total; histograms as `_count` and `_sum`. */
  readonly totals: Record<string, number>;
}

const classify = createTaskClassifier(defaultTaskRules);

/** The whole ledger in memory: the pure core, and a set in place of the completions' unique keys. */
export function fold(observations: readonly Observation[]): Folded {
  const ledger = memoryLedger();
  for (const observation of observations) ledger.take(observation);
  return ledger.folded();
}

/** The same, once whatever waits for its run has waited long enough. */
export function foldAndRelease(observations: readonly Observation[]): Folded {
  const ledger = memoryLedger();
  for (const observation of observations) ledger.take(observation);
  ledger.release();
  return ledger.folded();
}

function memoryLedger() {
  const runs = new Map<string, { readonly record: RunRecord; readonly first: Observation }>();
  const keys = new Set<string>();
  const totals = new Map<string, number>();
  const add = (name: string, amount: number) => totals.set(name, (totals.get(name) ?? 0) + amount);
  const apply = (increment: Increment) => {
    const name = seriesName(increment);
    add(increment.seconds === undefined ? name : `${name}_count`, increment.count);
    if (increment.seconds !== undefined) add(`${name}_sum`, increment.seconds);
  };
  const write = (run: string, first: Observation, change: Change) => {
    runs.set(run, { record: change.record, first });
    for (const series of change.seen.flatMap(listInitialSeries)) add(seriesName(series), 0);
    const inserted = (scope: string) => (c: Counted) =>
      !keys.has(`${scope}/${run}/${c.key}`) && keys.add(`${scope}/${run}/${c.key}`);
    const counted = [
      ...change.runCompletions.filter(inserted("run")),
      ...change.jobCompletions.filter(inserted("job")),
    ];
    for (const { increments, tallied = [] } of [...counted, ...change.filled, ...change.released])
      [...increments, ...tallied].forEach(apply);
    change.increments.forEach(apply);
  };
  return {
    take(observation: Observation) {
      const run = `${observation.source}/${observation.run}`;
      const stored = runs.get(run);
      write(run, stored?.first ?? observation, applyObservation(stored?.record, observation, classify));
    },
    release() {
      for (const [run, { record, first }] of runs) {
        if (record.waiting !== undefined) write(run, first, releaseRun(first.provider, first.run, record));
      }
    },
    folded: (): Folded => ({
      runs: Object.fromEntries([...runs].map(([run, { record }]) => [run, record] as const).toSorted(byKey)),
      totals: Object.fromEntries([...totals].map(([k, v]) => [k, Math.round(v * 1e6) / 1e6] as const).toSorted(byKey)),
    }),
  };
}

/** Sum over all series of a metric whose labels contain `labels`; of a histogram, its count. */
export function total(folded: Folded, metric: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return Object.entries(folded.totals)
    .filter(
      ([name]) =>
        name.startsWith(`${metric}{`) && !name.endsWith("_sum") && wanted.every((label) => name.includes(label)),
    )
    .reduce((sum, [, value]) => sum + value, 0);
}

/** Every order of `items`; for six or fewer. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function seriesName({ metric, labels }: Pick<Increment, "metric" | "labels">): string {
  const { name, labels: names } = storedMetrics[metric];
  const values = splitLabels(labels);
  return `${name}{${names.map((label, i) => `${label}="${values[i] ?? ""}"`).join(",")}}`;
}
