import { parseDatabaseUrl } from "../../config/parsers.ts";
import type { Config } from "../../config/index.ts";
import { AppError } from "../../core/errors.ts";
import type { Ledger } from "../../core/ledger.ts";
import { readOldCollector, type OldCollector, type OldPipeline, type Row } from "../../core/store/maintenance/index.ts";
import { createSavedSubmission, type SavedJob, type SavedPipeline } from "../../ingest/legacy/saved-pipeline.ts";
import type { Log } from "../../log.ts";
import { printResult } from "../output.ts";
import { createProgressDisplay } from "../progress.ts";
import { withLedger, type CommandLog, type StoreConfig } from "../with-store.ts";
import type { Outcome } from "../../core/delivery.ts";

/** The result of an import of the old collector's pipelines. */
export interface Imported {
  readonly outcomes: ReadonlyMap<Outcome, number>;
  /** How many could not be taken over, by reason. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/**
 * Saves every pipeline of the old collector's database as if it were sent to `POST /save_metrics`: one that is stored already
 * is not counted again, so it can be repeated, also while the old collector and Pipegauge are running.
 */
export async function importCollector(
  config: StoreConfig,
  log: CommandLog,
  from: string,
  progress: (done: number, all: number) => void = () => undefined,
): Promise<Imported> {
  return readOldCollector(from, (collector) =>
    withLedger(config, log, (ledger) => saveAll(collector, ledger, progress)),
  );
}

async function saveAll(
  collector: OldCollector,
  ledger: Ledger,
  progress: (done: number, all: number) => void,
): Promise<Imported> {
  const outcomes = new Map<Outcome, number>();
  const leftOut = new Map<string, number>();
  const add = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1);
  let done = 0;
  for await (const page of collector.pages()) {
    await Promise.all(
      page.map(async (old) => {
        const pipeline = toSavedPipeline(old);
        if (typeof pipeline === "string") return add(leftOut, pipeline);
        let isRefused = false;
        const text = () => {
          isRefused = true;
          return JSON.stringify(pipeline);
        };
        const outcome = await ledger.submit(
          createSavedSubmission(pipeline, { receivedAt: Date.now(), bytes: 0, text }),
        );
        return isRefused ? add(leftOut, "Pipegauge's database refused it") : add(outcomes, outcome);
      }),
    );
    done += page.length;
    progress(done, Math.max(done, collector.pipelines));
  }
  return { outcomes, leftOut };
}

/** Reads a pipeline, or returns why it is left out: any column of the old tables may be empty. */
function toSavedPipeline({ pipeline: row, builds, jobs, failed }: OldPipeline): SavedPipeline | string {
  const pipelineId = readNumber(row, "pipeline_id");
  const createdAt = readNumber(row, "created_millis");
  const { project, is_master: isMaster, has_restarts: hasRestarts } = row;
  if (pipelineId === null || pipelineId < 1) return "it has no pipeline_id";
  if (typeof project !== "string" || project === "") return "it has no project";
  if (createdAt === null) return "it has no created_at";
  return {
    project,
    pipelineId,
    createdAt: Math.round(createdAt),
    // All that is left of the ref.
    ref: isMaster === true || isMaster === 1 ? "master" : null,
    duration: readNumber(row, "duration"),
    durationE2e: readNumber(row, "duration_e2e"),
    hasRestarts: Boolean(hasRestarts),
    builds: builds.map(decodeJob),
    tests: jobs.map((job) => ({
      ...decodeJob(job),
      up: readNumber(job, "duration_up"),
      e2e: readNumber(job, "duration_e2e"),
      pull: readNumber(job, "duration_pull"),
      upWithoutPull: readNumber(job, "duration_up_without_pull"),
    })),
    failed: failed.map(decodeJob),
  };
}

function decodeJob(row: Row): SavedJob {
  const name = row["name"];
  const text = typeof name === "string" ? name : "";
  return { name: text, seconds: readNumber(row, "duration"), startedAt: undefined, finishedAt: undefined };
}

/** PostgreSQL's driver returns some numbers as text. */
function readNumber(row: Row, column: string): number | null {
  const cell = row[column];
  const number = typeof cell === "number" || typeof cell === "string" ? Number(cell) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** `pipegauge import --from <url>`: prints the number of pipelines by result; exit code 0. */
export async function importOld(config: Config, log: Log, from: string | undefined, json: boolean): Promise<number> {
  const url = checkOldDatabaseUrl(from, config);
  const display = createProgressDisplay(process.stderr);
  const { outcomes, leftOut } = await importCollector(config, log, url, (done, all) =>
    display.show({ what: "import", done, all, unit: "pipelines" }),
  ).finally(display.end);
  const [added, stored] = [outcomes.get("accepted") ?? 0, outcomes.get("duplicate") ?? 0];
  const lines = [
    `imported: ${added} new, ${stored} already stored`,
    ...[...leftOut].map(([reason, count]) => `left out: ${count}, because ${reason}`),
  ];
  printResult(json, lines, { new: added, already_stored: stored, left_out: Object.fromEntries(leftOut) });
  return 0;
}

function checkOldDatabaseUrl(from: string | undefined, { databaseUrl }: Config): string {
  if (from === undefined)
    throw new AppError("usage", "import needs the old database: --from postgres://user:password@host/database");
  const read = parseDatabaseUrl(from);
  if (!read.ok) throw new AppError("usage", `--from: ${read.problems.join("; ")}`);
  if (from === databaseUrl) throw new AppError("usage", "--from is the database to import into");
  return from;
}
