import { AppError } from "../../core/errors.ts";
import { quote } from "../../text/quote.ts";
import { cutToWidth, showSafely } from "../../text/terminal-text.ts";
import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { describeFailure } from "../reading/describe-failure.ts";
import {
  formatAge,
  formatResult,
  formatSeconds,
  getItems,
  getNumber,
  getString,
  isFailure,
  type Item,
} from "../reading/format.ts";
import { formatTable, type Column } from "../reading/table.ts";

export async function answerRun(call: ReadingCall): Promise<Answer> {
  const { word: id, read } = call;
  if (id === undefined)
    throw new AppError("usage", "the run is missing: pipegauge run <id>, as pipegauge runs lists it");
  if (!/^[1-9]\d{0,14}$/.test(id))
    throw new AppError(
      "usage",
      `${quote(id)} is not the id of a run, which is a whole number; find it by the provider's id: pipegauge runs --native-id ${quote(id)}`,
    );
  const document = await read(`runs/${id}`);
  return { document, lines: () => describeRun(document, call) };
}

const jobColumns: readonly Column<Item>[] = [
  { title: "RESULT", get: formatResult },
  { title: "JOB", get: (job) => getString(job, "name") || "-", least: 12 },
  { title: "STAGE", get: (job) => getString(job, "stage"), least: 8, drop: 3 },
  { title: "DURATION", align: "right", get: (job) => formatSeconds(getNumber(job, "duration_seconds")) },
  { title: "QUEUE", align: "right", get: (job) => formatSeconds(getNumber(job, "queue_seconds")), drop: 2 },
  { title: "RUNNER", get: (job) => getString(job, "runner_class") || getString(job, "runner"), least: 10, drop: 1 },
  { title: "WHY", get: describeFailure, least: 14 },
];

function describeRun(run: Item, { now, options }: ReadingCall): readonly string[] {
  const { style, width = Infinity } = options;
  const { text: result, colour } = formatResult(run);
  const line = (text: string) => cutToWidth(showSafely(text), width);
  const jobs = getItems(run, "jobs").toSorted((a, b) => rank(a) - rank(b));
  const failed = jobs.filter((job) => isFailure(job) && getString(job, "url") !== "");
  return [
    line(
      `run ${getString(run, "id")}  ${result}  ${getString(run, "project")}  ${getString(run, "title")}`.trimEnd(),
    ).replace(result, () => style.paint(colour, result)),
    ...describeFacts(run, now).map(line),
    ...(jobs.length === 0 ? ["", "no jobs are stored"] : ["", ...formatTable(jobColumns, jobs, options)]),
    ...(failed.length === 0 ? [] : [""]),
    // An address that is cut leads nowhere: it may be longer than the line.
    ...failed.map((job) => `${line(getString(job, "name"))}: ${showSafely(getString(job, "url"))}`),
  ];
}

function describeFacts(run: Item, now: number): readonly string[] {
  const [ref, sha] = [getString(run, "ref"), getString(run, "sha")];
  const code = [ref, sha.slice(0, 8), getString(run, "trigger")].filter((part) => part !== "").join(", ");
  const attempt = getNumber(run, "attempt") ?? 1;
  const times = [
    `seen ${formatAge(getString(run, "first_seen_at"), now)}`,
    `waited ${formatSeconds(getNumber(run, "queue_seconds"))}`,
    `ran ${formatSeconds(getNumber(run, "duration_seconds"))}`,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(run["recovered"] === true ? ["recovered"] : []),
  ];
  const origin = `${getString(run, "source")} ${getString(run, "native_id")}, pipeline ${getString(run, "pipeline")}`;
  return [origin, code, times.join(", "), getString(run, "url")].filter((text) => text !== "");
}

/** What failed first, then what is under way, then the rest. */
function rank(job: Item): number {
  if (isFailure(job)) return job["allow_failure"] === true ? 1 : 0;
  return getString(job, "result") === "" ? 2 : 3;
}
