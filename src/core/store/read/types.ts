import type { Decoded } from "../db/columns.ts";
import type { Percentiles } from "../db/percentiles.ts";
import type { SourceState } from "../db/read-sources.ts";
import type { shownJobColumns } from "../db/job-columns.ts";
import type { completionColumns, deliveryColumns, shownRunColumns } from "../db/tables.ts";
import type { Findings, Span } from "../../../answers/answer.ts";
import type { WasteDimension } from "../../../answers/waste-groups.ts";
import type { Price } from "../../prices.ts";
import type { Millis } from "../../time.ts";
import type { RefKind } from "../../model.ts";
import type { RunResult, ShownState } from "../../states.ts";
import type { StoredDeployment } from "./code-event-types.ts";

/** Sort keys of a row, the most significant first. The next page begins after the position at the end of a page. */
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

/** The conditions that all listed runs fulfil. */
export interface RunFilter {
  readonly source?: string | undefined;
  readonly provider?: string | undefined;
  readonly project?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly ref?: string | undefined;
  readonly refKind?: RefKind | undefined;
  readonly trigger?: string | undefined;
  readonly nativeId?: string | undefined;
  readonly sha?: string | undefined;
  readonly parent?: string | undefined;
  /** A part of the name of project or pipeline; the case of A to Z is ignored. */
  readonly search?: string | undefined;
  readonly defaultBranch?: boolean | undefined;
  /** One of these. */
  readonly states?: readonly ShownState[] | undefined;
  readonly results?: readonly RunResult[] | undefined;
  /** First seen at or after. */
  readonly since?: Millis | undefined;
  /** First seen before. */
  readonly until?: Millis | undefined;
}

/** An unfinished run without a delivery since `staleBefore` is stale; left out: no run is stale. */
interface StaleQuery {
  readonly staleBefore?: Millis | undefined;
}

export interface RunsQuery extends PageQuery, StaleQuery {
  readonly filter: RunFilter;
  /** The greatest first, and runs without this value are left out; left out itself: in the order in which they were first seen. */
  readonly sort?: "finished" | "duration" | "queue" | undefined;
}

export interface RunPage extends Page<StoredRun> {
  /** Only the newest `scanMax` runs of the filter, or of each of its pipelines, were sorted. */
  readonly truncated: boolean;
}

export interface RunQuery extends StaleQuery {
  readonly id: number;
}

interface Corrected {
  /** The result differs from the counted one: it was corrected later, and counters never decrease. */
  readonly corrected: boolean;
}

/** One row of `runs`, without internal columns; db/tables.ts describes them. */
export type StoredRun = Omit<Decoded<typeof shownRunColumns>, "detail" | "graph" | "state"> &
  Corrected & { readonly state: ShownState | null };

export type StoredJob = Decoded<typeof shownJobColumns> & Corrected;

export type StoredCompletion = Decoded<typeof completionColumns>;

/** A run with its jobs in the order of their starts, its completions in the order of their attempts, and its deployments. */
export interface StoredRunDetail {
  readonly run: StoredRun;
  /** JSON, as the adapter wrote it. */
  readonly detail: string | null;
  /** JSON: for each job by name, the names of the jobs that it waits for. */
  readonly graph: string | null;
  readonly jobs: readonly StoredJob[];
  /** There are more jobs than are shown. */
  readonly jobsTruncated: boolean;
  readonly completions: readonly StoredCompletion[];
  /** In the order in which they were first seen. */
  readonly deployments: readonly StoredDeployment[];
}

export const dimensions = ["provider", "project", "pipeline", "day", "hour"] as const;
export type Dimension = (typeof dimensions)[number];

/** Groups the completions that finished at or after `since` and before `until`. */
export interface SummaryQuery {
  /** None: all completions are one group. */
  readonly by: readonly Dimension[];
  readonly since: Millis;
  readonly until: Millis;
  readonly filter: Pick<RunFilter, "source" | "provider" | "project" | "pipeline" | "defaultBranch">;
  /** Whether to include children. With a pipeline in the filter they are always included. */
  readonly children?: boolean | undefined;
}

export type { Percentiles };

export interface SummaryGroup {
  readonly provider?: string;
  readonly project?: string | null;
  readonly pipeline?: string | null;
  /** Days and hours since 1970, UTC. */
  readonly day?: number;
  readonly hour?: number;
  /** Completions by result. */
  readonly results: Readonly<Record<RunResult, number>>;
  /** Restarts and recoveries of runs whose latest completion is in this group. */
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
  /** The provider's id of the run that they are about. */
  readonly run?: string | undefined;
  /** Received at or after. */
  readonly since?: Millis | undefined;
  /** Received before. */
  readonly until?: Millis | undefined;
}

/** One row of `deliveries`, without headers and body. */
export type DeliveryRow = Omit<Decoded<typeof deliveryColumns>, "key" | "headers" | "body"> & {
  /** Whether the body is stored unchanged, so that it can be replayed. */
  readonly kept: boolean;
};

/** A delivery with what is stored of its request. */
export type StoredDeliveryDetail = DeliveryRow & Pick<Decoded<typeof deliveryColumns>, "key" | "headers" | "body">;

/** The number of stored series, and the latest delivery of each source. */
export interface LedgerState {
  readonly sources: readonly SourceState[];
  /** Stored series by key of their metric. */
  readonly series: readonly { readonly metric: string; readonly count: number }[];
  /** Projects whose series were folded because they held their share, the most increments first. */
  readonly cuts: readonly CutProject[];
}

export interface CutProject {
  /** The name of the metric. */
  readonly metric: string;
  readonly provider: string;
  readonly project: string;
  /** Increments that were counted without the names of pipelines and jobs. */
  readonly increments: number;
}

/** What an answer found, of which span, and how. */
export interface Answered<Item> extends Findings<Item>, Span {
  /** Every figure is the one that follows from every run of the span. */
  readonly exact: boolean;
  /** How far a figure may be from that, relative to it; `null`: it is exact. */
  readonly errorBound: number | null;
}

/** The span that an answer is about, and which runs it reads. */
export interface AnswerQuery {
  readonly since: Millis;
  readonly until: Millis;
  readonly filter: Pick<RunFilter, "source" | "provider" | "project" | "pipeline" | "ref" | "defaultBranch">;
  /** Runs of the span up to which each is read; for tests. */
  readonly exactMax?: number;
}

export interface RunnersQuery extends AnswerQuery {
  /** Jobs shall wait at most this long. */
  readonly targetSeconds: number;
}

export interface FleetQuery extends RunnersQuery {
  readonly prices: readonly Price[];
  /** `null`: the jobs without one. */
  readonly runnerClass: string | null;
  /** Of the waits that shall be at most the target. */
  readonly percentile: number;
}

export interface PricedQuery extends AnswerQuery {
  readonly prices: readonly Price[];
}

export interface WasteQuery extends PricedQuery {
  readonly by: readonly WasteDimension[];
}
