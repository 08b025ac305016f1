import { jobRecordColumns } from "../db/job-columns.ts";
import { codeEventRecordColumns, shownCodeEventColumns } from "../db/code-event-tables.ts";
import type { Knex } from "knex";
import { createCellsDecoder, createDecoder, listNames, type Columns, type Decoded } from "../db/columns.ts";
import { readArrays } from "../db/connect.ts";
import { inByteOrder } from "../db/rowset.ts";
import { runColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "../read/context.ts";
import type { RunJob } from "../read/job-types.ts";
import { decodeStoredRun, jobIsCorrected, jobNames, selectRun, storedJobColumns } from "../read/rows.ts";
import type { StoredRun } from "../read/types.ts";
import { datedTables, findRunRange, type DayFingerprint } from "./export-days.ts";
import type { ExportedRows, ExportKind, ExportPage, ExportQuery } from "./export-items.ts";

interface PagesQuery extends ExportQuery {
  readonly fingerprint: DayFingerprint;
}

type ReadPages<K extends ExportKind> = (
  reading: Reading,
  query: PagesQuery,
) => AsyncGenerator<ExportPage<ExportedRows[K]>>;

/** Rows of one page: a megabyte or two in memory. */
const pageRows = 2000;

const readers: { readonly [K in ExportKind]: ReadPages<K> } = {
  runs: readRuns,
  jobs: readJobs,
  deployments: (reading, query) => readCodeEvents(reading, query, "deployments", shownCodeEventColumns.deployment),
  changes: (reading, query) => readCodeEvents(reading, query, "changes", shownCodeEventColumns.change),
  pushes: (reading, query) => readCodeEvents(reading, query, "pushes", shownCodeEventColumns.push),
};

/** Reads what was first seen in a span, a page at a time, each after the last key of the page before. */
export function readExportPages<K extends ExportKind>(
  reading: Reading,
  kind: K,
  query: PagesQuery,
): AsyncGenerator<ExportPage<ExportedRows[K]>> {
  const read: ReadPages<K> = readers[kind];
  return read(reading, query);
}

async function* readRuns({ trx }: Reading, query: PagesQuery): AsyncGenerator<ExportPage<StoredRun>> {
  const { from, to } = await findRunRange(trx, query);
  for (let next = from; ; ) {
    const rows = toRows(
      await trx("runs")
        .where("id", ">=", next)
        .where("id", "<", to)
        .where("first_seen_at", ">=", query.since)
        .where("first_seen_at", "<", query.until)
        .orderBy("id")
        .limit(pageRows)
        .select(selectRun(trx, query.staleBefore)),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    next = runColumns.id.read(last) + 1;
    yield { items: rows.map(decodeStoredRun), share: (next - from) / (to - from) };
  }
}

/** The cells of a job after the id of its run. */
const decodeJob = createCellsDecoder(storedJobColumns, 1);

async function* readJobs(reading: Reading, query: PagesQuery): AsyncGenerator<ExportPage<RunJob>> {
  const { trx } = reading;
  const { from, to } = await findRunRange(trx, query);
  let after: readonly [run: number, job: string] = [from - 1, ""];
  for (;;) {
    const { sql, bindings } = trx("jobs")
      .whereRaw("(run_id, native_id) > (?, ?)", [...after])
      .where("run_id", "<", to)
      .orderBy(["run_id", "native_id"])
      .limit(pageRows)
      .select("run_id", ...jobNames)
      .select(trx.raw(jobIsCorrected))
      .toSQL();
    const jobs = (await readArrays(trx, sql, bindings as Knex.Value[])).map((cells) => ({
      runId: jobRecordColumns.runId.decode(cells[0]),
      job: decodeJob(cells),
    }));
    const last = jobs.at(-1);
    if (last === undefined) return;
    after = [last.runId, last.job.nativeId];
    const runs = await readRunsOfJobs(reading, query, new Set(jobs.map(({ runId }) => runId)));
    const items = jobs.flatMap(({ runId, job }) => {
      const run = runs.get(runId);
      return run === undefined ? [] : [{ run, job }];
    });
    yield { items, share: (after[0] + 1 - from) / (to - from) };
  }
}

/** The runs of a page of jobs that were first seen in the span. */
async function readRunsOfJobs(
  { trx }: Reading,
  { since, until, staleBefore }: PagesQuery,
  ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, StoredRun>> {
  const rows = await trx("runs")
    .whereIn("id", [...ids])
    .where("first_seen_at", ">=", since)
    .where("first_seen_at", "<", until)
    .select(selectRun(trx, staleBefore));
  return new Map(toRows(rows).map((row) => [runColumns.id.read(row), decodeStoredRun(row)]));
}

/** Along the index over the time of the first sight. */
async function* readCodeEvents<C extends Columns>(
  { trx, engine }: Reading,
  { since, until, fingerprint }: PagesQuery,
  kind: ExportKind,
  columns: C,
): AsyncGenerator<ExportPage<Decoded<C>>> {
  const decode = createDecoder(columns);
  const order = ["first_seen_at", inByteOrder(engine, "source"), inByteOrder(engine, "native_id")].join(", ");
  let after: readonly [firstSeenAt: number, source: string, id: string] = [since, "", ""];
  for (let read = 0; ; ) {
    const rows = toRows(
      await trx(datedTables[kind])
        .whereRaw(`(${order}) > (?, ?, ?)`, [...after])
        .where("first_seen_at", "<", until)
        .orderByRaw(order)
        .limit(pageRows)
        .select(listNames(columns)),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const { firstSeenAt, source, nativeId } = codeEventRecordColumns;
    after = [firstSeenAt.read(last), source.read(last), nativeId.read(last)];
    read += rows.length;
    yield { items: rows.map(decode), share: read / fingerprint.rows };
  }
}
