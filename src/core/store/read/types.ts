import type { Decoded } from "../db/columns.ts";
import type { SourceState } from "../db/read-sources.ts";
import type { completionColumns, deliveryColumns, shownJobColumns, shownRunColumns } from "../db/tables.ts";
import type { Millis } from "../../time.ts";
import type { RunResult, ShownState } from "../../states.ts";

/** Sort keys of a row, the most significant first. As the end of a page: what comes after it in the list is next. */
export type Position = readonly number[];

export interface PageQuery {
  readonly limit: number;
  /** The end of the page before. */
  readonly after?: Position | undefined;
}

/** Rows that one query scans for matches of a filter that no index covers: some tens of milliseconds. */
export const scanMax = 20_000;

export interface Page<T> {
  /** Newest first; at most `limit`, and perhaps none although there is a next page, because one query scans `scanMax` rows. */
  readonly items: readonly T[];
  readonly next: Position | undefined;
}

/** What all shown runs have in common. */
export interface RunFilter {
  readonly source?: string | undefined;
  readonly provider?: string | undefined;
  readonly project?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly ref?: string | undefined;
  readonly nativeId?: string | undefined;
  readonly parent?: string | undefined;
  readonly defaultBranch?: boolean | undefined;
  /** One of these. */
  readonly states?: readonly ShownState[] | undefined;
  readonly results?: readonly RunResult[] | undefined;
  /** First heard of at or after. */
  readonly since?: Millis | undefined;
  /** First heard of before. */
  readonly until?: Millis | undefined;
}

/** An unfinished run of which no delivery came since `staleBefore` is stale; left out: none is. */
interface StaleQuery {
  readonly staleBefore?: Millis | undefined;
}

export interface RunsQuery extends PageQuery, StaleQuery {
  readonly filter: RunFilter;
}

export interface RunQuery extends StaleQuery {
  readonly id: number;
}

interface Corrected {
  /** The result is another one than was counted: it was corrected later, and counters never take anything back. */
  readonly corrected: boolean;
}

/** One row of `runs`, as far as people care; db/tables.ts describes its columns. */
export type StoredRun = Omit<Decoded<typeof shownRunColumns>, "detail" | "state"> &
  Corrected & { readonly state: ShownState | null };

export type StoredJob = Decoded<typeof shownJobColumns> & Corrected;

export type StoredCompletion = Decoded<typeof completionColumns>;

/** A run with what belongs to it: jobs in the order in which they began, completions in that of their attempts. */
export interface StoredRunDetail {
  readonly run: StoredRun;
  /** JSON, as the adapter wrote it. */
  readonly detail: string | null;
  readonly jobs: readonly StoredJob[];
  /** There are more jobs than are shown. */
  readonly jobsTruncated: boolean;
  readonly completions: readonly StoredCompletion[];
}

export const dimensions = ["provider", "project", "pipeline", "day"] as const;
export type Dimension = (typeof dimensions)[number];

/** What completions are grouped by, those that finished at or after `since` and before `until`. */
export interface SummaryQuery {
  readonly by: readonly [Dimension, ...Dimension[]];
  readonly since: Millis;
  readonly until: Millis;
  readonly filter: Pick<RunFilter, "source" | "provider" | "project" | "pipeline" | "defaultBranch">;
  /** Also runs that are part of another. They are always among those of a pipeline that is asked for by name. */
  readonly children?: boolean | undefined;
}

/** Seconds, interpolated as PostgreSQL's `percentile_cont` does. */
export interface Percentiles {
  readonly p50: number;
  readonly p80: number;
  readonly p95: number;
}

export interface SummaryGroup {
  readonly provider?: string;
  readonly project?: string | null;
  readonly pipeline?: string | null;
  /** Days since 1970, UTC. */
  readonly day?: number;
  /** Completions by result. */
  readonly results: Readonly<Record<RunResult, number>>;
  /** Of the runs whose latest completion is in this group. */
  readonly restarts: number;
  readonly recovered: number;
  /** `undefined` where nothing was measured. */
  readonly duration: Percentiles | undefined;
  readonly queue: Percentiles | undefined;
}

export interface Summary {
  /** Those with the most completions first. */
  readonly groups: readonly SummaryGroup[];
  /** There are more groups than were computed. */
  readonly truncated: boolean;
}

export const deliveryOutcomes = ["accepted", "ignored", "dead_letter"] as const;

export interface DeliveriesQuery extends PageQuery {
  readonly source?: string | undefined;
  readonly outcome?: (typeof deliveryOutcomes)[number] | undefined;
}

/** One row of `deliveries`, without what the sender wrote. */
export type DeliveryRow = Omit<Decoded<typeof deliveryColumns>, "key" | "headers" | "body"> & {
  /** Whether the body was kept, so that it can be replayed. */
  readonly kept: boolean;
};

/** How full the ledger is, and when each source was last heard of. */
export interface LedgerState {
  readonly sources: readonly SourceState[];
  /** Stored series by key of their metric. */
  readonly series: readonly { readonly metric: string; readonly count: number }[];
  /** Projects that have had their share of a metric, the most folded first. */
  readonly cuts: readonly CutProject[];
}

export interface CutProject {
  /** Its name. */
  readonly metric: string;
  readonly provider: string;
  readonly project: string;
  /** What was counted without the names of pipelines and jobs. */
  readonly increments: number;
}
