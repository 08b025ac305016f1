import type { Connection } from "../db/connect.ts";
import type { ActiveRow } from "../../snapshot.ts";
import { readActive, type ActiveQuery } from "../scrape/active-runs.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { getStateCache } from "../db/state-cache.ts";
import { listCodeEvents } from "./code-events.ts";
import type * as c from "./code-event-types.ts";
import { readLedgerContent, type LedgerContent } from "./ledger-content.ts";
import { findDelivery, findNewestDelivery, listDeliveries } from "./deliveries.ts";
import type { Reading } from "./context.ts";
import { readDayTimesGap, type SeriesRange } from "./day-times-gap.ts";
import { listProjects } from "../db/distinct.ts";
import { findRun } from "./run-detail.ts";
import type * as j from "./job-types.ts";
import { summariseJobs } from "./job-summary.ts";
import { listJobs } from "./jobs.ts";
import { listRuns } from "./runs.ts";
import { readLedgerState } from "./status.ts";
import { summarise } from "./summary.ts";
import type * as t from "./types.ts";
import type { PartialAnswer } from "../db/partial-answers.ts";
import { makePartialsOfDay, makePartialsOfHour } from "./make-partials.ts";
import { hasManyRuns, type RunsLimit } from "./exact-runs.ts";
import { listPartialTasks, type PartialTasks, type PartialTasksQuery } from "./partial-tasks.ts";
import type { Findings } from "../../../answers/answer.ts";
import type { Change } from "../../../answers/change.ts";
import type { FailureShare } from "../../../answers/failures.ts";
import type { CommitTime } from "../../../answers/time-to-pass.ts";
import type { FlakyJob } from "../../../answers/flaky.ts";
import type { PathJobShare } from "../../../answers/path-jobs.ts";
import type { RunnerUse } from "../../../answers/runner-use.ts";
import type { WhatIf } from "../../../answers/what-if.ts";
import type { RedMain } from "../../../answers/red-main.ts";
import {
  findChanges,
  findFailures,
  findFlakyJobs,
  findPathJobs,
  findRedMain,
  findRunnerUse,
  findTimesToPass,
  findWaste,
  computeWhatIf,
} from "./answers.ts";
import type { Waste } from "../../../answers/waste-groups.ts";

/** The query and the result of every read. Both are plain data: they may cross to another thread. */
interface ReadShapes {
  readonly runs: { readonly query: t.RunsQuery; readonly result: t.RunPage };
  /** The names of projects that have runs, for suggestions. */
  readonly projects: { readonly query: { readonly limit: number }; readonly result: readonly string[] };
  readonly run: { readonly query: t.RunQuery; readonly result: t.StoredRunDetail | undefined };
  readonly jobs: { readonly query: j.JobsQuery; readonly result: j.JobPage };
  readonly jobSummary: { readonly query: j.JobSummaryQuery; readonly result: j.JobSummary };
  readonly deployments: {
    readonly query: c.CodeEventsQuery<"deployment">;
    readonly result: c.CodeEventPage<"deployment">;
  };
  readonly codeChanges: { readonly query: c.CodeEventsQuery<"change">; readonly result: c.CodeEventPage<"change"> };
  readonly pushes: { readonly query: c.CodeEventsQuery<"push">; readonly result: c.CodeEventPage<"push"> };
  readonly summary: { readonly query: t.SummaryQuery; readonly result: t.Summary };
  readonly deliveries: { readonly query: t.DeliveriesQuery; readonly result: t.Page<t.DeliveryRow> };
  readonly delivery: { readonly query: { readonly id: number }; readonly result: t.StoredDeliveryDetail | undefined };
  /** The id of the newest delivery; `undefined`: there is none. */
  readonly newestDelivery: { readonly query: null; readonly result: number | undefined };
  /** For the comparison of the day cube. */
  readonly dayTimesGap: { readonly query: SeriesRange; readonly result: Float64Array };
  /** For a scrape. */
  readonly active: { readonly query: ActiveQuery; readonly result: readonly ActiveRow[] };
  /** Whether the runs are real ones, or those of `pipegauge demo`. */
  readonly ledgerContent: { readonly query: null; readonly result: LedgerContent };
  readonly state: { readonly query: null; readonly result: t.LedgerState };
  readonly flaky: { readonly query: t.PricedQuery; readonly result: t.Answered<FlakyJob> };
  readonly changes: { readonly query: t.AnswerQuery; readonly result: Findings<Change> };
  readonly pathJobs: { readonly query: t.AnswerQuery; readonly result: t.Answered<PathJobShare> };
  readonly failures: { readonly query: t.AnswerQuery; readonly result: t.Answered<FailureShare> };
  readonly timeToPass: { readonly query: t.AnswerQuery; readonly result: Findings<CommitTime> };
  readonly waste: { readonly query: t.WasteQuery; readonly result: t.Answered<Waste> };
  readonly redMain: { readonly query: t.AnswerQuery; readonly result: t.Answered<RedMain> };
  readonly runners: { readonly query: t.RunnersQuery; readonly result: t.Answered<RunnerUse> };
  /** For the server's own work: what insights keep of hours and days. */
  readonly manyRuns: { readonly query: RunsLimit; readonly result: boolean };
  readonly partialTasks: { readonly query: PartialTasksQuery; readonly result: PartialTasks };
  readonly partialsOfHour: { readonly query: { readonly hour: number }; readonly result: readonly PartialAnswer[] };
  readonly partialsOfDay: { readonly query: { readonly day: number }; readonly result: readonly PartialAnswer[] };
  readonly whatIf: { readonly query: t.FleetQuery; readonly result: WhatIf };
}

export type ReadName = keyof ReadShapes;
export type ReadQuery<K extends ReadName> = ReadShapes[K]["query"];
export type ReadResult<K extends ReadName> = ReadShapes[K]["result"];

type Read<K extends ReadName> = (reading: Reading, query: ReadQuery<K>) => Promise<ReadResult<K>>;

const reads: { readonly [K in ReadName]: Read<K> } = {
  runs: listRuns,
  run: findRun,
  projects: ({ trx }, { limit }) => listProjects(trx, limit),
  dayTimesGap: readDayTimesGap,
  jobs: listJobs,
  jobSummary: summariseJobs,
  deployments: (reading, query) => listCodeEvents(reading, "deployment", query),
  codeChanges: (reading, query) => listCodeEvents(reading, "change", query),
  pushes: (reading, query) => listCodeEvents(reading, "push", query),
  summary: summarise,
  deliveries: listDeliveries,
  ledgerContent: readLedgerContent,
  delivery: findDelivery,
  newestDelivery: findNewestDelivery,
  state: readLedgerState,
  flaky: findFlakyJobs,
  changes: findChanges,
  pathJobs: findPathJobs,
  redMain: findRedMain,
  runners: findRunnerUse,
  whatIf: computeWhatIf,
  waste: findWaste,
  failures: findFailures,
  timeToPass: findTimesToPass,
  manyRuns: hasManyRuns,
  partialTasks: listPartialTasks,
  partialsOfHour: makePartialsOfHour,
  partialsOfDay: makePartialsOfDay,
  active: ({ trx, bulk }, query) => readActive(trx, bulk, query),
};

/**
 * PostgreSQL ends a read that takes longer than a client waits for it. `random_page_cost` is 1.1 because the default (4)
 * assumes spinning disks, so that the planner avoids an index that is faster:
 * https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST
 */
export const postgresSettings = "set local statement_timeout = 15000; set local random_page_cost = 1.1";

/** Runs one read on one snapshot of the database, which it cannot change. */
export async function readFrom<K extends ReadName>(
  connection: Connection,
  name: K,
  query: ReadQuery<K>,
): Promise<ReadResult<K>> {
  const { knex, engine, bulk } = connection;
  const read: Read<K> = reads[name];
  return knex.transaction<ReadResult<K>>(async (trx) => {
    if (engine === "postgres") await trx.raw(postgresSettings);
    return read({ trx, engine, bulk, states: getStateCache(connection) }, query);
  }, getSnapshotConfig(engine));
}
