import type { MetricKey } from "./stored-metrics.ts";
import type { Millis } from "./time.ts";
import type { ShownState } from "./states.ts";
import type { Exemplar } from "./increment.ts";

/** One stored series as `/metrics` needs it. */
export interface RollupRow {
  readonly metric: MetricKey;
  /** Label values in the order of the metric's labels. */
  readonly labels: readonly string[];
  readonly count: number;
  /** Seconds, for histograms. */
  readonly sum: number;
  /** Observations per bucket, not cumulative, `+Inf` last; for histograms. */
  readonly buckets: readonly number[];
  /** When the series began: its counters were 0 then. */
  readonly createdAt: Millis;
  /** The latest event that moved the series, with the observed seconds where it is a histogram. */
  readonly exemplar: (Exemplar & { readonly seconds: number | null }) | null;
}

/** Runs that have not finished, counted. */
export interface ActiveRow {
  readonly provider: string;
  readonly project: string;
  readonly pipeline: string;
  readonly state: Exclude<ShownState, "finished">;
  readonly count: number;
}

/** The state of the database at one moment: the input of the exposition. */
export interface LedgerSnapshot {
  /** Counters, then histograms; each sorted by metric and labels. */
  readonly rollups: readonly RollupRow[];
  readonly active: readonly ActiveRow[];
  /** Pipelines whose default branch is red, and since when. */
  readonly redBranches: readonly { readonly labels: readonly string[]; readonly since: Millis }[];
  readonly lastDeliveries: readonly { readonly source: string; readonly at: Millis }[];
  readonly deadLetters: readonly { readonly source: string; readonly count: number }[];
}
