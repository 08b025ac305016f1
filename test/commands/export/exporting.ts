import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exportLedger } from "../../../src/commands/export/export.ts";
import type { ExportArguments } from "../../../src/commands/export/parse-arguments.ts";
import { dayMillis, type Millis } from "../../../src/core/time.ts";

/** In words of days: `2026-11-20` → days since 1970. */
export function toDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / dayMillis;
}

export interface ExportCall {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly now: Millis;
  readonly since: string;
  readonly until?: string;
  readonly given?: Partial<ExportArguments>;
}

/** Exports in this process, JSON lines of jobs unless the call says otherwise. Resolves to what is printed, and the written days. */
export async function runExport({ databaseUrl, folder, now, since, until, given }: ExportCall) {
  const defaults = { format: "jsonl", kinds: ["jobs"], escapeFormulas: false } as const;
  const span = { firstDay: toDay(since), endDay: until === undefined ? Math.ceil(now / dayMillis) : toDay(until) };
  const written: string[] = [];
  let printed = "";
  const code = await exportLedger(
    { databaseUrl, staleDays: 7 },
    { debug: (message: unknown) => void (printed += `unexpected: ${String(message)}\n`) },
    { ...defaults, ...span, folder, ...given },
    {
      now,
      display: {
        show: () => undefined,
        note: (line) => void written.push(line.split(":", 1).join("")),
        end: () => undefined,
      },
      print: (text) => void (printed += text),
    },
  );
  return { code, printed, written };
}

/** The text of each file of a kind, by day. */
export function readFiles(folder: string, kind: string, extension: string): ReadonlyMap<string, string> {
  const days = existsSync(join(folder, kind)) ? readdirSync(join(folder, kind)) : [];
  return new Map(
    days
      .filter((name) => name.startsWith("day="))
      .toSorted()
      .map((name) => [
        name.slice("day=".length),
        readFileSync(join(folder, kind, name, `${kind}.${extension}`), "utf8"),
      ]),
  );
}

/** The objects of JSON lines. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** All objects of a kind, whatever day. */
export function readObjects(folder: string, kind: string): Record<string, unknown>[] {
  return [...readFiles(folder, kind, "jsonl").values()].flatMap(parseLines);
}
