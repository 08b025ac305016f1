import { withCaFile } from "../../config/database.ts";
import { createIntegerParser, parseDatabaseUrl } from "../../config/parsers.ts";
import type { Config } from "../../config/index.ts";
import { AppError } from "../../core/errors.ts";
import { copyLedger } from "../../core/store/maintenance/index.ts";
import type { Log } from "../../log.ts";
import { printResult } from "../output.ts";
import { createProgressDisplay, type ProgressDisplay } from "../progress.ts";

export interface CopyArguments {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Rows in one transaction. */
  readonly batch: string | undefined;
}

/**
 * `pipegauge copy --from <url> --to <url>`: copies the whole ledger into an empty database. Prints progress on stderr and the
 * result on stdout; exit code 0 once both sides were found equal.
 */
export async function copy({ databaseCaFile }: Config, log: Log, given: CopyArguments, json: boolean): Promise<number> {
  const urls = {
    from: parseDatabase("--from", given.from, databaseCaFile),
    to: parseDatabase("--to", given.to, databaseCaFile),
  };
  if (urls.from === urls.to) throw new AppError("usage", "--from and --to are the same database");
  const batchRows = parseBatchRows(given.batch ?? "2000");
  const aside = (message: string) => log.debug(message);
  const display = createProgressDisplay(process.stderr);
  const options = { batchRows, onProgress: createProgressPrinter(display) };
  const copied = await copyLedger(urls, { warn: aside, error: aside }, options).finally(display.end);
  const rows = [...copied].map(([table, count]) => `${count} ${table}`).join(", ");
  printResult(json, [`copied: ${rows}`, "both databases hold the same rows and show the same totals"], {
    rows: Object.fromEntries(copied),
  });
  return 0;
}

function parseDatabase(flag: string, text: string | undefined, caFile: string | undefined): string {
  const form = "sqlite:<path> or postgres://user:password@host/database";
  if (text === undefined) throw new AppError("usage", `copy needs ${flag}: ${form}`);
  const read = parseDatabaseUrl(text);
  if (!read.ok) throw new AppError("usage", `${flag}: ${read.problems.join("; ")}`);
  if (read.value === "sqlite::memory:") throw new AppError("usage", `${flag}: a database in memory cannot be copied`);
  const url = withCaFile(read.value, caFile);
  if (!url.ok) throw new AppError("usage", `${flag}: ${url.problems.join("; ")}`);
  return url.value;
}

function parseBatchRows(text: string): number {
  const read = createIntegerParser(1, 20_000, "a number of rows")(text);
  if (!read.ok) throw new AppError("usage", `--batch: ${read.problems.join("; ")}`);
  return read.value;
}

/** Each table has a rate of its own: their rows differ in size. */
function createProgressPrinter({ show, note }: ProgressDisplay): (table: string, done: number, all: number) => void {
  let current: string | undefined;
  return (table, done, all) => {
    if (table !== current) note(`${table}: ${done} of ${all}`);
    current = table;
    show({ what: table, done, all, unit: "rows" });
  };
}
