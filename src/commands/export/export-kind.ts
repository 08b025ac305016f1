import { join } from "node:path";
import { dayMillis, type Millis } from "../../core/time.ts";
import type { DayFingerprint, ExportedRows, ExportKind, ExportSource } from "../../core/store/maintenance/index.ts";
import { exportColumns } from "./columns.ts";
import { prepareFolder, writeDayFile, type DayFileFormat } from "./day-file.ts";
import { decideDay, openDayStates, readSize, type DayDecision, type DayStates } from "./day-states.ts";
import { createFormat, describeLayout } from "./format.ts";
import type { ExportArguments } from "./parse-arguments.ts";
import type { ProgressDisplay } from "../progress.ts";

export interface ExportCall {
  readonly source: ExportSource;
  readonly given: ExportArguments;
  readonly now: Millis;
  readonly staleBefore: Millis;
  readonly display: ProgressDisplay;
}

/** What became of the days of one kind. */
export interface ExportedKind<K extends ExportKind = ExportKind> {
  readonly kind: K;
  readonly days: Readonly<Record<DayDecision, number>>;
  /** In the files that were written. */
  readonly rows: number;
  readonly bytes: number;
}

/** What the days of a kind have in common. */
interface KindCall<T> extends ExportCall {
  readonly folder: string;
  readonly format: DayFileFormat<T>;
  readonly layout: string;
  readonly states: DayStates;
}

/** Writes the files of one kind, the oldest day first. */
export async function exportKind<K extends ExportKind>(kind: K, given: ExportCall): Promise<ExportedKind<K>> {
  const columns = exportColumns[kind];
  const folder = join(given.given.folder, kind);
  await prepareFolder(folder);
  const call: KindCall<ExportedRows[K]> = {
    ...given,
    folder,
    format: await createFormat(columns, given.given),
    layout: describeLayout(columns, given.given),
    states: await openDayStates(folder, given.given.format),
  };
  const { firstDay, endDay } = given.given;
  const span = { since: firstDay * dayMillis, until: endDay * dayMillis, staleBefore: given.staleBefore };
  const found = await given.source.listDays(kind, span);
  const days: Record<DayDecision, number> = { write: 0, unchanged: 0, kept: 0 };
  const toWrite: number[] = [];
  for (let day = firstDay; day < endDay; day++) {
    const decision = await decide(kind, day, found.get(day), call);
    if (decision === "write") toWrite.push(day);
    else if (decision !== undefined) days[decision]++;
  }
  const work = toWrite.reduce((sum, day) => sum + (found.get(day)?.rows ?? 0), 0);
  const total = { rows: 0, bytes: 0 };
  let done = 0;
  for (const day of toWrite) {
    const weight = found.get(day)?.rows ?? 0;
    const written = await writeDay(kind, day, call, (rows, share) => {
      const shown = { what: `${kind} ${toDate(day)}`, done: total.rows + rows, unit: "rows", group: kind };
      given.display.show({ ...shown, share: (done + weight * share) / work });
    });
    done += weight;
    if (written === undefined) continue;
    days.write++;
    total.rows += written.rows;
    total.bytes += written.bytes;
  }
  return { kind, days, ...total };
}

/** `undefined`: there was never anything on that day. */
async function decide<T>(
  kind: ExportKind,
  day: number,
  now: DayFingerprint | undefined,
  call: KindCall<T>,
): Promise<DayDecision | undefined> {
  const before = call.states.get(toDate(day));
  if (before === undefined) return now === undefined ? undefined : "write";
  const bytes = await readSize(locateFile(kind, day, call));
  const isToday = day === Math.floor(call.now / dayMillis);
  return decideDay(now, before, { bytes, layout: call.layout, isToday });
}

/** Returns how much was written; `undefined`: nothing, because there are no rows. */
async function writeDay<K extends ExportKind>(
  kind: K,
  day: number,
  call: KindCall<ExportedRows[K]>,
  onProgress: (rows: number, share: number) => void,
): Promise<{ readonly rows: number; readonly bytes: number } | undefined> {
  const { source, staleBefore, folder, format, layout, states, display } = call;
  const span = { since: day * dayMillis, until: (day + 1) * dayMillis, staleBefore };
  let rows = 0;
  let fingerprint: DayFingerprint | undefined;
  const bytes = await writeDayFile(locateFile(kind, day, call), folder, format, async (write) => {
    fingerprint = await source.readSpan(kind, span, async ({ items, share }) => {
      await write(items);
      rows += items.length;
      onProgress(rows, share);
    });
    return rows > 0;
  });
  if (bytes === undefined || fingerprint === undefined) return undefined;
  await states.set(toDate(day), { fingerprint, bytes, layout });
  display.note(`${kind} ${toDate(day)}: ${rows} rows, ${bytes} bytes`);
  return { rows, bytes };
}

/** `<folder>/jobs/day=2026-11-20/jobs.parquet`: query engines take the day from the name of the folder. */
function locateFile<T>(kind: ExportKind, day: number, { folder, given }: KindCall<T>): string {
  return join(folder, `day=${toDate(day)}`, `${kind}.${given.format}`);
}

function toDate(day: number): string {
  return new Date(day * dayMillis).toISOString().slice(0, 10);
}
