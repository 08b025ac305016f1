import { AppError } from "../../core/errors.ts";
import { dayMillis, type Millis } from "../../core/time.ts";
import { parseTimeOrAge } from "../../text/parse-time.ts";
import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import {
  formatAge,
  countNoun,
  formatCount,
  formatSeconds,
  formatShare,
  getItems,
  getNumber,
  getString,
  isItem,
  type Item,
} from "../reading/format.ts";
import { link, quoteName } from "./markdown.ts";

/** Entries of each list. */
const listMax = 5;
/** The summary's own limit. */
const spanMaxDays = 92;

export async function answerReport(call: ReadingCall): Promise<Answer> {
  const { read, now } = call;
  const { since: given = "7d", ...filter } = call.query;
  const since = parseSince(given, now);
  const span = { ...filter, since: toIso(since), until: toIso(now) };
  const before = { ...filter, since: toIso(since - (now - since)), until: toIso(since) };
  const limit = String(listMax);
  const [totals, earlier, groups, red, flaky, changes, failures] = await Promise.all([
    read("summary", { ...span, by: "provider", limit: "1000" }),
    read("summary", { ...before, by: "provider", limit: "1000" }),
    read("summary", { ...span, sort: "failures", limit }),
    read("insights/red-main", { ...span, limit: "1000" }),
    read("insights/flaky", { ...span, state: "flaky,broken", limit }),
    read("insights/changes", { ...span, limit: "1000" }),
    read("insights/failures", { ...span, limit }),
  ]);
  const open = getItems(red, "items").filter((item) => getString(item, "open_since") !== "");
  const worse = getItems(changes, "items").filter(isWorse);
  const document = {
    since: span.since,
    until: span.until,
    totals: addUp(totals),
    before: addUp(earlier),
    failing: getItems(groups, "groups").filter((group) => countFailures(group) > 0),
    broken: open.slice(0, listMax),
    flaky: getItems(flaky, "items"),
    worse: worse.slice(0, listMax),
    failures: getItems(failures, "items"),
  };
  return { document, lines: () => describeReport(document, open.length, call) };
}

function parseSince(text: string, now: Millis): Millis {
  const parsed = parseTimeOrAge(text, now);
  if (!parsed.ok) throw new AppError("usage", `--since: ${parsed.problems.join("; ")}`);
  if (parsed.value >= now || now - parsed.value > spanMaxDays * dayMillis)
    throw new AppError("usage", "--since: a report is about 1 minute to 92 days before now");
  return parsed.value;
}

function toIso(at: Millis): string {
  return new Date(at).toISOString();
}

interface Totals {
  readonly runs: number;
  readonly success: number;
  /** Runs that passed or failed. */
  readonly decided: number;
}

function addUp(summary: Item): Totals {
  const groups = getItems(summary, "groups");
  const sum = (get: (group: Item) => number) => groups.reduce((total, group) => total + get(group), 0);
  const success = sum((group) => countResult(group, "success"));
  return { runs: sum((group) => getNumber(group, "runs") ?? 0), success, decided: success + sum(countFailures) };
}

function countResult(group: Item, result: string): number {
  const results = isItem(group["results"]) ? group["results"] : {};
  return getNumber(results, result) ?? 0;
}

function countFailures(group: Item): number {
  return ["failure", "error", "timeout"].reduce((sum, result) => sum + countResult(group, result), 0);
}

/** A duration or a wait that became longer, or a share of successes that became smaller. */
function isWorse(change: Item): boolean {
  const [before = 0, after = 0] = [getNumber(change, "before"), getNumber(change, "after")];
  return getString(change, "what") === "success" ? after < before : after > before;
}

interface Report {
  readonly totals: Totals;
  readonly before: Totals;
  readonly failing: readonly Item[];
  readonly broken: readonly Item[];
  readonly flaky: readonly Item[];
  readonly worse: readonly Item[];
  readonly failures: readonly Item[];
  readonly since: string;
}

function describeReport(report: Report, broken: number, { server, now }: ReadingCall): readonly string[] {
  const run = (item: Item, field: string) => {
    const id = getString(item, field);
    return id === "" ? "" : `, ${link(`run ${id}`, new URL(`ui/runs/${id}`, server.url))}`;
  };
  const span = formatSeconds((now - Date.parse(report.since)) / 1000);
  return [
    `**CI, the last ${span}**: ${describeTotals(report)}`,
    ...list(`Broken now (${broken})`, report.broken, (item) => {
      return `${name(item)} ${quoteName(getString(item, "ref"))}, red since ${formatAge(getString(item, "open_since"), now)}${run(item, "first_bad_run_id")}`;
    }),
    ...list("Fail most", report.failing, (item) => {
      return `${name(item)}: ${formatCount(countFailures(item))} of ${countNoun(getNumber(item, "runs"), "run")}, success ${formatShare(getNumber(item, "success_ratio"))}`;
    }),
    ...list("Got worse", report.worse, (item) => `${describeChange(item)}${run(item, "run_id")}`),
    ...list("Flaky or broken jobs", report.flaky, (item) => {
      return `${quoteName(getString(item, "job_name"))} of ${name(item)}: ${countNoun(getNumber(item, "flakes"), "flake")} in ${countNoun(getNumber(item, "executions"), "execution")}, ${formatSeconds(getNumber(item, "wasted_seconds"))} wasted${run(item, "last_run_id")}`;
    }),
    ...list("What went wrong", report.failures, (item) => {
      return `${getString(item, "class").replaceAll("_", " ")}: ${countNoun(getNumber(item, "jobs"), "job")} in ${countNoun(getNumber(item, "runs"), "run")}${run(item, "example_run_id")}`;
    }),
    "",
    link("all of it", new URL("ui/", server.url)),
  ];
}

function describeTotals({ totals, before }: Report): string {
  const ratio = totals.decided === 0 ? undefined : totals.success / totals.decided;
  const earlier = before.decided === 0 ? undefined : before.success / before.decided;
  const points = ratio === undefined || earlier === undefined ? undefined : (ratio - earlier) * 100;
  const change =
    points === undefined
      ? ""
      : ` (${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} points against the span before)`;
  return `${countNoun(totals.runs, "run")}, success ${formatShare(ratio)}${change}`;
}

function describeChange(item: Item): string {
  const what = getString(item, "what");
  const figure = (field: string) =>
    what === "success" ? formatShare(getNumber(item, field)) : formatSeconds(getNumber(item, field));
  const job = getString(item, "job_name");
  const subject = what === "queue" ? quoteName(getString(item, "runner_class")) : name(item);
  return `${what} of ${job === "" ? "" : `${quoteName(job)} of `}${subject}: ${figure("before")} → ${figure("after")}`;
}

/** A pipeline: GitLab's without a name are called like their project. */
function name(item: Item): string {
  const [project, pipeline] = [getString(item, "project"), getString(item, "pipeline")];
  return pipeline === "" || pipeline === project ? quoteName(project) : `${quoteName(project)} ${quoteName(pipeline)}`;
}

function list(title: string, items: readonly Item[], describe: (item: Item) => string): readonly string[] {
  return items.length === 0 ? [] : ["", `**${title}**`, ...items.map((item) => `- ${describe(item)}`)];
}
