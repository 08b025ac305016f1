import { AppError } from "../../core/errors.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { quote } from "../../text/quote.ts";
import { cutToWidth, showSafely } from "../../text/terminal-text.ts";
import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { describeList } from "../reading/describe-list.ts";
import {
  formatAge,
  formatCount,
  formatSeconds,
  formatShare,
  getItems,
  getNumber,
  getString,
  type Item,
} from "../reading/format.ts";
import type { Column } from "../reading/table.ts";
import { insightNames } from "./insight-names.ts";

type InsightName = (typeof insightNames)[number];
type Kind = "text" | "seconds" | "share" | "count" | "age" | "number";

/** A column: its title, the field of an item, and what kind of value it is. */
type Field = readonly [title: string, field: string, kind?: Kind];

const place: readonly Field[] = [
  ["PROJECT", "project"],
  ["PIPELINE", "pipeline"],
];

const fields: Readonly<Record<InsightName, readonly Field[]>> = {
  flaky: [
    ["STATE", "state"],
    ...place,
    ["JOB", "job_name"],
    ["FLAKES", "flakes", "count"],
    ["EXECUTIONS", "executions", "count"],
    ["WASTED", "wasted_seconds", "seconds"],
    ["LAST", "last_at", "age"],
    ["RUN", "last_run_id"],
  ],
  "red-main": [
    ...place,
    ["REF", "ref"],
    ["RED NOW SINCE", "open_since", "age"],
    ["RED", "red_seconds", "seconds"],
    ["SHARE", "red_share", "share"],
    ["BREAKS", "breaks", "count"],
    ["FIRST BAD RUN", "first_bad_run_id"],
  ],
  waste: [
    ["PROVIDER", "provider"],
    ["PROJECT", "project"],
    ["PIPELINE", "pipeline"],
    ["STAGE", "stage"],
    ["JOB", "job_name"],
    ["RUNNER CLASS", "runner_class"],
    ["DAY", "day"],
    ["JOBS", "jobs", "count"],
    ["TOTAL", "total_seconds", "seconds"],
    ["FLAKES", "flake_seconds", "seconds"],
    ["SUPERSEDED", "superseded_seconds", "seconds"],
    ["CANCELLED", "cancelled_seconds", "seconds"],
    ["INFRA", "infra_seconds", "seconds"],
    ["COST", "cost", "number"],
  ],
  failures: [
    ["CLASS", "class"],
    ["JOBS", "jobs", "count"],
    ["RUNS", "runs", "count"],
    ["SHARE", "share", "share"],
    ["WORK", "seconds", "seconds"],
    ["LAST", "last_at", "age"],
    ["EXAMPLE", "example_run_id"],
  ],
  "time-to-pass": [
    ["PROJECT", "project"],
    ["CHANGE", "change"],
    ["REF", "ref"],
    ["COMMIT", "sha"],
    ["TIME", "seconds", "seconds"],
    ["ATTEMPTS", "attempts", "count"],
    ["PASSED", "passed_at", "age"],
    ["RUN", "run_id"],
  ],
  "time-to-pass/weeks": [
    ["WEEK", "week"],
    ["COMMITS", "commits", "count"],
    ["PASSED", "passed", "count"],
    ["FIRST TRY", "first_try_share", "share"],
    ["P50", "p50_seconds", "seconds"],
    ["P90", "p90_seconds", "seconds"],
  ],
  "critical-path": [
    ...place,
    ["JOB", "job_name"],
    ["RUNS", "runs", "count"],
    ["ON PATH", "on_path_share", "share"],
    ["EXCLUSIVE", "exclusive_seconds", "seconds"],
    ["20 % FASTER SAVES", "saved_if_20_percent", "seconds"],
    ["RUN", "run_id"],
  ],
  changes: [
    ["WHAT", "what"],
    ...place,
    ["JOB", "job_name"],
    ["RUNNER CLASS", "runner_class"],
    ["BEFORE", "before", "number"],
    ["AFTER", "after", "number"],
    ["SINCE", "at", "age"],
    ["RUN", "run_id"],
  ],
  runners: [
    ["RUNNER CLASS", "runner_class"],
    ["JOBS", "jobs", "count"],
    ["RUNNING", "mean_running", "number"],
    ["PEAK", "peak_running", "count"],
    ["WAITING", "peak_waiting", "count"],
    ["UTILISATION", "utilisation", "share"],
    ["QUEUE P50", "queue_p50", "seconds"],
    ["QUEUE P90", "queue_p90", "seconds"],
    ["WITHIN TARGET", "within_target_share", "share"],
  ],
};

export async function answerInsight({ word, read, query, now, options }: ReadingCall): Promise<Answer> {
  const name = insightNames.find((one) => one === word);
  if (name === undefined) throw new AppError("usage", describeUnknown(word));
  const document = await read(`insights/${name}`, query);
  const items = getItems(document, "items");
  // Columns that the grouping leaves out, or that no item has, are left out.
  const used = fields[name].filter(([, field]) => items.some((item) => (item[field] ?? null) !== null));
  const columns = used.map(([title, field, kind = "text"], i): Column<Item> => {
    const get = (item: Item) => format(item, field, kind, now);
    if (kind === "text") return { title, get, least: 8, ...(field.endsWith("run_id") ? {} : { drop: 1 }) };
    return { title, get, align: "right", drop: i + 2 };
  });
  const { width = Infinity } = options;
  const lines = () => [
    ...[describeSpan(document), showSafely(getString(document, "definition"))].map((line) => cutToWidth(line, width)),
    "",
    ...describeList(document, columns, items, options),
  ];
  return { document, lines };
}

function format(item: Item, field: string, kind: Kind, now: number): string {
  const number = getNumber(item, field);
  switch (kind) {
    case "seconds":
      return formatSeconds(number);
    case "share":
      return formatShare(number);
    case "count":
      return formatCount(number);
    case "number":
      return number === undefined ? "-" : String(Math.round(number * 100) / 100);
    case "age":
      return getString(item, field) === "" ? "-" : formatAge(getString(item, field), now);
    case "text":
    default:
      return field === "sha" ? getString(item, field).slice(0, 8) : getString(item, field) || "-";
  }
}

function describeSpan(document: Item): string {
  const [since, until] = ["since", "until"].map((field) => getString(document, field).slice(0, 16).replace("T", " "));
  const figures = `${formatCount(getNumber(document, "runs"))} runs and ${formatCount(getNumber(document, "jobs"))} jobs`;
  return showSafely(
    `from ${since ?? ""} to ${until ?? ""} UTC, ${figures}${document["exact"] === false ? ", not exact" : ""}`,
  );
}

function describeUnknown(word: string | undefined): string {
  const all = `there are ${insightNames.join(", ")}`;
  if (word === undefined) return `the name of the insight is missing: ${all}`;
  const meant = didYouMean(word, insightNames);
  return `${quote(word)} is not an insight: ${meant === undefined ? all : `did you mean ${meant}?`}`;
}
