import type { JobSummary, RunJob } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import { summarizeJobs, summaryMaxDays } from "../api/job-summary.ts";
import { findJobs } from "../api/jobs.ts";
import { text } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { resolveSpan } from "../api/span.ts";
import { countFailures, countRuns, toSuccessRatio } from "../api/summary.ts";
import { columnChart } from "./axis-chart.ts";
import { resultStrip } from "./charts.ts";
import {
  externalLink,
  formatAgo,
  formatCount,
  formatDuration,
  formatPercent,
  resultBadge,
  untrusted,
} from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import { spanNav, spanParameters } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parseJob = createParameterParser({
  project: text("Owner of the pipeline: repository, folder or namespace"),
  pipeline: text("Name of the pipeline definition"),
  stage: text("Stage of the job"),
  job_name: text("Name of the job"),
  ...spanParameters,
});

/** Executions that are listed. */
const listedMax = 50;

/** One job in a span of time: its days, and its latest executions. */
export const jobView: View = { path: "jobs/one", render: renderJob };

async function renderJob(page: Page, { query }: ViewRequest): Promise<Html> {
  const { since, until, ...names } = parseJob(query, page.now);
  const given = Object.fromEntries(query);
  const span = resolveSpan({ since, until }, page.now, 7 * dayMillis, summaryMaxDays);
  const [days, latest] = await Promise.all([
    page.ask(`days of job ${JSON.stringify(given)}`, async () =>
      summarizeJobs(page.services, { ...names, ...span, by: ["day"], sort: "jobs", limit: 1000 }),
    ),
    page.ask(`executions of ${JSON.stringify(names)}`, async () =>
      findJobs(page.services, { ...names, limit: listedMax }),
    ),
  ]);
  const title = names.job_name ?? "Job";
  const below = [names.project, names.pipeline === names.project ? undefined : names.pipeline, names.stage];
  const head = spanNav(page, "jobs/one", given, span);
  return layout(page, { title, current: "jobs", head }, [
    section(
      "job",
      untrusted(title),
      [
        latest.isReady &&
          resultStrip(
            page,
            latest.value.items.map(({ run, job }) => ({ ...run, result: job.result })),
          ),
        renderShown(days, page.now, daysTable),
      ],
      untrusted(below.filter((name) => name !== undefined).join(" · ")),
    ),
    section(
      "latest",
      "Latest executions",
      renderShown(latest, page.now, ({ items }) => latestTable(page, items)),
    ),
  ]);
}

const dayColumns: readonly Column[] = [
  ["Day"],
  ["Results", "number"],
  ["Failed", "number"],
  ["Success", "number"],
  ["Duration p50, p95", "number"],
  ["Queue p80", "number wide"],
];

function daysTable({ groups }: JobSummary): Content {
  if (groups.length === 0) return html`<p>It did not finish in this span.</p>`;
  const sorted = groups.toSorted((a, b) => Number(b.keys.day ?? 0) - Number(a.keys.day ?? 0));
  const name = (day: unknown) => new Date(Number(day ?? 0)).toISOString().slice(0, 10);
  const rows = sorted.map(({ keys, results, duration, queue }) => [
    name(keys.day),
    formatCount(countRuns(results)),
    formatCount(countFailures(results)),
    formatPercent(toSuccessRatio(results)),
    [formatDuration(duration?.p50), html`<span class="sub">p95 ${formatDuration(duration?.p95)}</span>`],
    formatDuration(queue?.p80),
  ]);
  const columns = sorted.toReversed().map(({ keys, results }) => ({
    label: `${name(keys.day)}: ${results.success} successes, ${countFailures(results)} failures`,
    tick: name(keys.day).slice(5),
    parts: [["good", results.success] as const, ["bad", countFailures(results)] as const],
  }));
  return [columnChart(columns, formatCount), table("Days", dayColumns, rows)];
}

const columns: readonly Column[] = [
  ["Run"],
  ["State"],
  ["Ref", "wide"],
  ["Why"],
  ["Runner", "wide"],
  ["Work", "number"],
  ["Finished", "number"],
];

function latestTable(page: Page, items: readonly RunJob[]): Html {
  const rows = items.map(({ run, job }) => [
    [
      html`<a href="${page.links.toView(`runs/${run.id}`)}">${untrusted(run.number ?? run.nativeId, 24)}</a>`,
      job.url !== null && [
        " ",
        externalLink(job.url, html`<span aria-hidden="true">↗</span><span class="hidden">at the provider</span>`),
      ],
    ],
    resultBadge(job.state, job.result),
    untrusted(run.ref, 40),
    untrusted(job.failureReason, 60),
    untrusted(job.runner ?? job.runnerClass, 40),
    formatDuration(job.durationSeconds),
    formatAgo(job.finishedAt ?? job.startedAt ?? job.queuedAt, page.now),
  ]);
  return rows.length === 0 ? html`<p>No execution is stored.</p>` : table("Latest executions", columns, rows);
}
