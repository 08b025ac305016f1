import { classifier, defaultTaskRules } from "../../src/core/classify.ts";
import type { Counted } from "../../src/core/completion.ts";
import type { Observation } from "../../src/core/model.ts";
import { project, type RunRecord } from "../../src/core/project.ts";
import { initialSeries, rollupMetrics, splitLabels, type Increment } from "../../src/core/rollup.ts";

/** What a store would hold after these observations: the records by run, and every counter and histogram sum. */
export interface Folded {
  readonly runs: Record<string, RunRecord>;
  /** `metric{label="value",…}` → total; histograms as `_count` and `_sum`. */
  readonly totals: Record<string, number>;
}

const classify = classifier(defaultTaskRules);

/** The whole ledger in memory: the pure core, and a set in place of the completions' unique keys. */
export function fold(observations: readonly Observation[]): Folded {
  const runs = new Map<string, RunRecord>();
  const keys = new Set<string>();
  const totals = new Map<string, number>();
  const add = (name: string, amount: number) => totals.set(name, (totals.get(name) ?? 0) + amount);
  const apply = (increment: Increment) => {
    const name = seriesName(increment);
    add(increment.seconds === undefined ? name : `${name}_count`, increment.count);
    if (increment.seconds !== undefined) add(`${name}_sum`, increment.seconds);
  };
  for (const said of observations) {
    const run = `${said.source}/${said.run}`;
    const change = project(runs.get(run), said, classify);
    runs.set(run, change.record);
    for (const series of change.seen.flatMap(initialSeries)) add(seriesName(series), 0);
    const inserted = (scope: string) => (c: Counted) =>
      !keys.has(`${scope}/${run}/${c.key}`) && keys.add(`${scope}/${run}/${c.key}`);
    const counted = [
      ...change.runCompletions.filter(inserted("run")),
      ...change.jobCompletions.filter(inserted("job")),
    ];
    for (const { increments } of [...counted, ...change.filled, ...change.released]) increments.forEach(apply);
    change.increments.forEach(apply);
  }
  return {
    runs: Object.fromEntries([...runs].toSorted(byKey)),
    totals: Object.fromEntries([...totals].map(([k, v]) => [k, Math.round(v * 1e6) / 1e6] as const).toSorted(byKey)),
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
  const { name, labels: names } = rollupMetrics[metric];
  const values = splitLabels(labels);
  return `${name}{${names.map((label, i) => `${label}="${values[i] ?? ""}"`).join(",")}}`;
}
