import type { PathJobShare } from "../../answers/path-jobs.ts";
import { summarizeWeeks, type WeekOfCommits } from "../../answers/time-to-pass-weeks.ts";
import type { AnswerQuery } from "../../core/store/index.ts";
import type { Shown } from "../answers.ts";
import { toIsoDate } from "../api/summary.ts";
import { dayMillis } from "../../core/time.ts";
import { formatCount, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import type { Query } from "./span.ts";
import type { Page } from "./view.ts";

export interface PipelineTimes {
  readonly path: Shown<readonly PathJobShare[]>;
  readonly weeks: Shown<readonly WeekOfCommits[]>;
}

const listedMax = 10;

/** Which jobs decide when runs of a pipeline end, and how long commits needed to pass. */
export async function findTimes({ ask, services }: Page, query: AnswerQuery, name: string): Promise<PipelineTimes> {
  const { store, clock } = services;
  const [path, weeks] = await Promise.all([
    ask(`path ${name}`, async () => (await store.read("pathJobs", query)).items.slice(0, listedMax)),
    ask(`time to pass ${name}`, async () => {
      const { items } = await store.read("timeToPass", { ...query, until: Math.min(query.until, clock()) });
      return summarizeWeeks(items);
    }),
  ]);
  return { path, weeks };
}

const pathColumns: readonly Column[] = [
  ["Job"],
  ["On the path", "number"],
  ["Alone", "number"],
  ["Saved if 20 % faster", "number"],
  ["Example", "number wide"],
];

export function pathSection(page: Page, path: PipelineTimes["path"], { since, until }: Query): Html {
  return section(
    "path",
    "What runs wait for",
    renderShown(path, page.now, (jobs) =>
      jobs.length === 0
        ? html`<p>No run with jobs finished in this span.</p>`
        : table(
            "Jobs on critical paths",
            pathColumns,
            jobs.map(({ project, pipeline, jobName, onPathShare, runs, exclusiveSeconds, savedIf20Percent, runId }) => {
              const names = { project: project ?? undefined, pipeline: pipeline ?? undefined, job_name: jobName };
              return [
                html`<a href="${page.links.toView("jobs/one", { ...names, since, until })}">${untrusted(jobName, 60)}</a>`,
                [formatShare(onPathShare), html`<span class="sub">of ${formatCount(runs)} runs</span>`],
                formatDuration(exclusiveSeconds),
                formatDuration(savedIf20Percent),
                html`<a href="${page.links.toView(`runs/${runId}`)}">run ${runId}</a>`,
              ];
            }),
          ),
    ),
    "Jobs on the critical paths of the span: those first that would save most, all runs together.",
  );
}

const weekColumns: readonly Column[] = [
  ["Week from"],
  ["Commits", "number"],
  ["First try", "number"],
  ["Half passed in", "number"],
  ["90 % passed in", "number"],
];

export function weeksSection(page: Page, weeks: PipelineTimes["weeks"]): Html {
  return section(
    "commits",
    "Time to pass",
    renderShown(weeks, page.now, (listed) =>
      listed.length === 0
        ? html`<p>No commit was queued in this span.</p>`
        : table(
            "Time to pass by week",
            weekColumns,
            listed.map(({ week, commits, passed, firstTryShare, p50Seconds, p90Seconds }) => [
              toIsoDate(week / dayMillis),
              [formatCount(commits), html`<span class="sub">${formatCount(passed)} passed</span>`],
              formatShare(firstTryShare),
              formatDuration(p50Seconds),
              formatDuration(p90Seconds),
            ]),
          ),
    ),
    "From when a commit was first queued until it was green, with all that was tried in between.",
  );
}
