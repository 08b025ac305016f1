import type { PromQuery } from "./model.ts";

/** Results that say something about the work; a cancelled or skipped run neither succeeded nor failed. */
export const judged = 'result=~"success|failure|error|timeout"';
export const failed = 'result=~"failure|error|timeout"';
export const succeeded = 'result="success"';

/** Every replica shows the same totals of the ledger: one of them is right, their sum would not be. */
export function once(expr: string): string {
  return `max without (instance, pod) (${expr})`;
}

/** How much a total of the ledger grew, summed by labels. `window` is a Grafana variable or a time. */
export function grown(metric: string, filter: string, window: string, by = ""): string {
  return `sum${by === "" ? "" : ` by (${by})`} (${once(`increase(${metric}{${filter}}[${window}])`)})`;
}

/** A quantile of a histogram of the ledger. */
export function quantile(q: number, metric: string, filter: string, window: string, by = ""): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${q}, ${grown(`${metric}_bucket`, filter, window, labels)})`;
}

/** Nothing where there is nothing to compare with, instead of a division by zero. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** The share of judged runs (or jobs) that succeeded. */
export function successRatio(metric: string, filter: string, window: string, by = ""): string {
  return ratio(grown(metric, `${filter}, ${succeeded}`, window, by), grown(metric, `${filter}, ${judged}`, window, by));
}

/** A query over time. */
export function over(expr: string, legendFormat: string, more: Partial<PromQuery> = {}): PromQuery {
  return { expr, legendFormat, instant: false, range: true, format: "time_series", exemplar: false, ...more };
}

/** The same, with a mark for single runs that links to them. */
export function linked(expr: string, legendFormat: string): PromQuery {
  return over(expr, legendFormat, { exemplar: true });
}

/** A query about the whole time range, asked once. */
export function now(expr: string, legendFormat = ""): PromQuery {
  return over(expr, legendFormat, { instant: true, range: false });
}

/** The same, one row a series. */
export function rows(expr: string): PromQuery {
  return { ...now(expr), format: "table" };
}
