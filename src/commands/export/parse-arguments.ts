import { resolve } from "node:path";
import type { Flags, ReadFlags } from "../../config/flags.ts";
import { AppError } from "../../core/errors.ts";
import { dayMillis, type Millis } from "../../core/time.ts";
import type { ExportKind } from "../../core/store/maintenance/index.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { parseTimeOrAge } from "../../text/parse-time.ts";
import { quote } from "../../text/quote.ts";
import { getText } from "../command.ts";

export const exportFormats = ["parquet", "csv", "jsonl"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportKinds = [
  "runs",
  "jobs",
  "deployments",
  "changes",
  "pushes",
] as const satisfies readonly ExportKind[];

export const exportFlags: Flags = {
  format: {
    type: "string",
    value: "<format>",
    words: exportFormats,
    help: "parquet, csv or jsonl; csv and jsonl need nothing installed",
  },
  what: { type: "string", value: "<names>", help: "runs, jobs, deployments, changes or pushes; several with commas" },
  since: {
    type: "string",
    value: "<time>",
    help: "first day, UTC, by first_seen_at: 2026-11-20, 2026-11-20T12:00:00Z, 24h, 7d",
  },
  until: { type: "string", value: "<time>", help: "end of the last day, not included (now)" },
  out: {
    type: "string",
    value: "<folder>",
    isPath: true,
    help: "where the files are written: <folder>/<name>/day=<date>/",
  },
  "escape-formulas": {
    type: "boolean",
    help: "csv: put ' before texts that a spreadsheet would take for a formula; only for people who open the file in one",
  },
};

export interface ExportArguments {
  readonly format: ExportFormat;
  readonly kinds: readonly ExportKind[];
  /** The first day and the one after the last, in days since 1970, UTC. */
  readonly firstDay: number;
  readonly endDay: number;
  /** An absolute path. */
  readonly folder: string;
  readonly escapeFormulas: boolean;
}

/** Throws `config` with one line for every fault. */
export function parseExportArguments(flags: ReadFlags, now: Millis): ExportArguments {
  const problems: string[] = [];
  const read = <T>(name: string, fallback: T, parse: (text: string) => T): T => {
    const text = getText(flags, name);
    if (text !== undefined) return parse(text);
    problems.push(`export needs --${name} ${exportFlags[name]?.value ?? ""}: ${exportFlags[name]?.help ?? ""}`);
    return fallback;
  };
  const word = <W extends string>(flag: string, text: string, words: readonly W[]): W[] => {
    const found = words.find((one) => one === text);
    if (found !== undefined) return [found];
    const meant = didYouMean(text, words);
    const hint = meant === undefined ? `choose ${words.join(", ")}` : `did you mean ${meant}?`;
    problems.push(`--${flag}: ${quote(text)} is not one of its values: ${hint}`);
    return [];
  };
  const time = (flag: string, text: string): Millis => {
    const parsed = parseTimeOrAge(text, now);
    if (!parsed.ok) problems.push(`--${flag}: ${parsed.problems.join("; ")}`);
    return parsed.ok ? parsed.value : Number.NaN;
  };
  const [format = "csv"] = read("format", [], (text) => word("format", text, exportFormats));
  const kinds = read("what", [], (text) => text.split(",").flatMap((name) => word("what", name.trim(), exportKinds)));
  const since = read("since", Number.NaN, (text) => time("since", text));
  const folder = read("out", "", (text) => resolve(text));
  const given = getText(flags, "until");
  const until = Math.min(given === undefined ? now : time("until", given), now);
  if (since >= until) problems.push(`--since: ${new Date(since).toISOString()} is not before ${describeEnd(given)}`);
  const escapeFormulas = flags.values["escape-formulas"] === true;
  if (escapeFormulas && format !== "csv") problems.push("--escape-formulas: only for --format csv");
  if (problems.length > 0) throw new AppError("usage", problems.join("\n"));
  const [firstDay, endDay] = [Math.floor(since / dayMillis), Math.ceil(until / dayMillis)];
  return { format, kinds: [...new Set(kinds)], firstDay, endDay, folder, escapeFormulas };
}

function describeEnd(until: string | undefined): string {
  return until === undefined ? "now" : `--until (${until}) and now`;
}
