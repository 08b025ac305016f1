import type { Config } from "../../config/index.ts";
import type { Millis } from "../../core/time.ts";
import { withExportSource } from "../../core/store/maintenance/index.ts";
import { computeStaleBefore } from "../../http/stale.ts";
import type { Log } from "../../log.ts";
import { exportKind, type ExportedKind } from "./export-kind.ts";
import type { ExportArguments } from "./parse-arguments.ts";
import { createProgressDisplay, type ProgressDisplay } from "../progress.ts";

export interface Surroundings {
  readonly now: Millis;
  readonly display?: ProgressDisplay;
  readonly print?: (text: string) => void;
}

/**
 * `pipegauge export`: writes a file for each day on which something was first seen. Progress goes to stderr, the result to stdout;
 * exit code 0.
 */
export async function exportLedger(
  config: Pick<Config, "databaseUrl" | "staleDays">,
  log: Pick<Log, "debug">,
  given: ExportArguments,
  { now, display = createProgressDisplay(process.stderr), print = printToStdout }: Surroundings,
): Promise<number> {
  const aside = (message: string) => log.debug(message);
  const staleBefore = computeStaleBefore({ config, clock: () => now });
  try {
    const exported = await withExportSource(config.databaseUrl, { warn: aside, error: aside }, async (source) => {
      const kinds: ExportedKind[] = [];
      for (const kind of given.kinds) kinds.push(await exportKind(kind, { source, given, now, staleBefore, display }));
      return kinds;
    });
    display.end();
    for (const kind of exported) print(describeExported(kind, given.folder));
    return 0;
  } catch (error) {
    display.end();
    throw error;
  }
}

function printToStdout(text: string): void {
  process.stdout.write(text);
}

/** One line on the files, and one where the ledger has less than they. */
function describeExported({ kind, days, rows, bytes }: ExportedKind, folder: string): string {
  const unchanged = days.unchanged === 0 ? "" : `; ${count(days.unchanged, "day")} unchanged`;
  const written =
    days.write === 0
      ? `nothing to write`
      : `${count(rows, "row")} of ${count(days.write, "day")}, ${bytes} bytes, in ${folder}/${kind}`;
  const kept =
    days.kept === 0
      ? ""
      : `${kind}: ${count(days.kept, "file")} left as before, because the ledger has deleted rows of the day\n`;
  return `${kind}: ${written}${unchanged}\n${kept}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
