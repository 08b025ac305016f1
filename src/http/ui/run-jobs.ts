import { classifyFailure } from "../../answers/classify-failure.ts";
import { isFailed } from "../../core/job-end.ts";
import type { StoredJob, StoredRunDetail } from "../../core/store/index.ts";
import type { Millis } from "../../core/time.ts";
import { externalLink, formatCount, formatDuration, resultBadge, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { createTimeline, groupLanes, type Lane, type Timeline } from "./timeline.ts";

const failedColumns: readonly Column[] = [
  ["Job"],
  ["State"],
  ["Why"],
  ["Failed step"],
  ["Runner", "wide"],
  ["Work", "number"],
];

/** The jobs that failed, those that no later execution made good first; nothing where none failed. */
export function failedJobsSection(stored: StoredRunDetail): Content {
  const lanes = groupLanes(stored.jobs);
  const failed = lanes.flatMap((lane) =>
    lane.jobs.filter(({ result }) => isFailed(result)).map((job) => ({ lane, job })),
  );
  if (failed.length === 0) return undefined;
  const isFixed = ({ lane, job }: (typeof failed)[number]) =>
    lane.jobs.slice(lane.jobs.indexOf(job) + 1).some(({ result }) => result === "success");
  const rows = failed
    .toSorted((a, b) => Number(isFixed(a)) - Number(isFixed(b)))
    .map((item) => {
      const { job } = item;
      return [
        jobName(job),
        [
          resultBadge(null, job.result),
          isFixed(item) && html`<span class="sub">passed later</span>`,
          toleratedNote(job),
        ],
        describeFailure(stored, job),
        untrusted(job.detail?.failedStep, 60),
        untrusted(job.runner ?? job.runnerClass, 40),
        formatDuration(job.durationSeconds),
      ];
    });
  return section("failed", "Failed jobs", table("Failed jobs", failedColumns, rows));
}

function toleratedNote({ allowFailure }: StoredJob): Content {
  return allowFailure === true && html`<span class="sub">allowed to fail</span>`;
}

/** The class of the failure, and the provider's own word for it. */
function describeFailure({ run }: StoredRunDetail, job: StoredJob): Content {
  const { provider, result: runResult } = run;
  const found = classifyFailure({ ...job, provider, runResult, fate: "finished" });
  const reason = job.failureReason ?? job.nativeStatus;
  return [found?.replaceAll("_", " "), reason !== null && html`<span class="sub">${untrusted(reason, 80)}</span>`];
}

function jobName({ name, nativeId, stage, url }: StoredJob): Content {
  return [
    externalLink(url, untrusted(name ?? nativeId, 60)),
    stage !== null && html`<span class="sub">${untrusted(stage, 40)}</span>`,
  ];
}

const columns: readonly Column[] = [
  ["Job"],
  ["State"],
  ["Timeline"],
  ["Wait", "number"],
  ["Work", "number"],
  ["Runner", "wide"],
];

/** A line for each job, with all its executions. `path`: ids of the jobs on the critical path. */
export function timelineSection(stored: StoredRunDetail, path: ReadonlySet<string>, now: Millis): Html {
  const { jobs, jobsTruncated } = stored;
  const lanes = groupLanes(jobs);
  const timeline = createTimeline(lanes, now);
  if (lanes.length === 0) return section("jobs", "Jobs", html`<p>No job of this run is known yet.</p>`);
  const rows = lanes.map((lane) => toRow(lane, timeline, path));
  const more = jobsTruncated && html`<p class="more">Only the first ${formatCount(jobs.length)} jobs are shown.</p>`;
  return section("jobs", "Jobs", [table("Jobs", columns, rows), more], describeTimeline(timeline));
}

function describeTimeline(timeline: Timeline | undefined): Content {
  if (timeline === undefined) return undefined;
  const { from, to, isCut } = timeline;
  const whole = html`${formatDuration((to - from) / 1000)} from the first wait to the last end. Grey: waiting; a thin line: waiting for a person or a set time.`;
  return isCut ? [whole, " Long spans without any work are shortened."] : whole;
}

function toRow(lane: Lane, timeline: Timeline | undefined, path: ReadonlySet<string>): readonly Content[] {
  const last = lane.jobs.at(-1) ?? lane.jobs[0];
  const earlier = lane.jobs.slice(0, -1);
  const isOnPath = lane.jobs.some(({ nativeId }) => path.has(nativeId));
  const repeats = lane.jobs.reduce((sum, { retries }) => sum + (retries ?? 0), 0) + earlier.length;
  return [
    [jobName(last), isOnPath && html`<span class="sub">◆ on the critical path</span>`],
    [
      resultBadge(last.state, last.result),
      repeats > 0 &&
        html`<span class="sub">${repeats === 1 ? "again once" : `again ${repeats} times`}${earlierLinks(earlier)}</span>`,
    ],
    timeline?.draw(lane),
    formatDuration(last.queueSeconds),
    formatDuration(last.durationSeconds),
    untrusted(last.runner ?? last.runnerClass, 40),
  ];
}

/** Links to the earlier executions at the provider. */
function earlierLinks(earlier: readonly StoredJob[]): Content {
  return earlier.map(({ url, result, state }) => [", ", externalLink(url, result ?? state ?? "unknown")]);
}
