import { inByteOrder } from "../db/rowset.ts";
import { toRows } from "../db/transaction.ts";
import { readDeployments } from "./code-events.ts";
import type { Reading } from "./context.ts";
import { shownRunColumns } from "../db/tables.ts";
import {
  completionNames,
  decodeStoredCompletion,
  decodeStoredJob,
  decodeStoredRun,
  jobIsCorrected,
  jobNames,
  selectRun,
} from "./rows.ts";
import type { RunQuery, StoredRunDetail } from "./types.ts";

/** The most jobs of one result: more than any real pipeline has. */
const jobsMax = 5000;

/** Finds a run by our id, with its jobs, completions and deployments; `undefined`: not found. */
export async function findRun(
  { trx, engine, bulk }: Reading,
  { id, staleBefore }: RunQuery,
): Promise<StoredRunDetail | undefined> {
  const [row] = toRows(await trx("runs").where({ id }).select(selectRun(trx, staleBefore)).select("detail", "graph"));
  if (row === undefined) return undefined;
  const jobs = toRows(
    await trx("jobs")
      .where({ run_id: id })
      .orderByRaw(`coalesce(started_at, queued_at, finished_at, 0), ${inByteOrder(engine, "native_id")}`)
      .limit(jobsMax + 1)
      .select(jobNames)
      .select(trx.raw(jobIsCorrected)),
  );
  const completions = toRows(
    await trx("run_completions")
      .where({ run_id: id })
      .orderByRaw(`attempt_order, coalesce(finished_at, 0), ${inByteOrder(engine, "key")}`)
      .select(completionNames),
  );
  const run = decodeStoredRun(row);
  const shown = jobs.slice(0, jobsMax).map(decodeStoredJob);
  const deploying = shown.filter(({ environment }) => environment !== null).map(({ nativeId }) => nativeId);
  return {
    run,
    detail: shownRunColumns.detail.read(row),
    graph: shownRunColumns.graph.read(row),
    jobs: shown,
    jobsTruncated: jobs.length > jobsMax,
    completions: completions.map(decodeStoredCompletion),
    deployments: await readDeployments({ trx, engine, bulk }, run, deploying),
  };
}
