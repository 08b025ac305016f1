import type { AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { dayMillis, type Millis } from "../../src/core/time.ts";
import { pipelineHook } from "../support/payloads/gitlab.ts";
import type { Delivered } from "../support/server/insights.ts";
import { whole } from "./simulate-fortnight.ts";

/** The simulated days lie so far back when they are delivered, so that none of them is in the future. */
const shiftMillis = 20 * dayMillis;

/** The time span in which the delivered runs happened. */
export const deliveredSpan = { since: whole.since - shiftMillis, until: whole.until - shiftMillis };

const toIso = (millis: Millis | null) =>
  millis === null ? null : new Date(millis - shiftMillis).toISOString().replace(".000Z", "Z");
const toGitlabTime = (millis: Millis | null) => toIso(millis)?.replace("T", " ").replace("Z", " UTC") ?? null;
/** A commit as forty digits: other characters are put into words of hexadecimal digits. */
const toSha = (sha: string | null) =>
  Buffer.from(sha ?? "")
    .toString("hex")
    .padEnd(40, "0")
    .slice(0, 40);

/** When the last of the jobs ended. */
const findEnd = (jobs: readonly AnswerJob[]) => Math.max(...jobs.map(({ finishedAt }) => finishedAt ?? 0));

/** The tries of jobs that were queued together: the first attempt of a run, then what was restarted. */
function splitAttempts({ jobs }: AnswerRun): (readonly AnswerJob[])[] {
  const queued = [...new Set(jobs.map(({ queuedAt }) => queuedAt ?? 0))].toSorted((a, b) => a - b);
  return queued.map((at) => jobs.filter(({ queuedAt }) => queuedAt === at));
}

const hasFailed = (jobs: readonly AnswerJob[]) => jobs.some(({ result }) => result !== "success");

/** A Pipeline Hook at the end of each attempt, which lists all jobs until then, as GitLab does. */
export function deliverToGitlab(run: AnswerRun, runNumber: number): Delivered[] {
  const attempts = splitAttempts(run);
  return attempts.map((attempt, i) => {
    const jobs = attempts.slice(0, i + 1).flat();
    const builds = jobs.map((job) => ({
      id: runNumber * 1000 + run.jobs.indexOf(job),
      name: job.name ?? "",
      status: job.result === "success" ? "success" : "failed",
      reason: job.result === "error" ? "runner_system_failure" : "script_failure",
      more: {
        created_at: toGitlabTime(job.queuedAt),
        started_at: toGitlabTime(job.startedAt),
        finished_at: toGitlabTime(job.finishedAt),
        duration: job.durationSeconds,
        queued_duration: job.queueSeconds,
        ...(job.result === "success" ? { failure_reason: null } : {}),
        runner: { id: 4, description: "runner-4" },
      },
    }));
    const attributes = {
      id: runNumber,
      sha: toSha(run.sha),
      ref: run.ref,
      source: run.refKind === "merge_request" ? "merge_request_event" : "push",
      created_at: toGitlabTime(jobs[0]?.queuedAt ?? null),
      finished_at: toGitlabTime(findEnd(jobs)),
      duration: (findEnd(attempt) - (attempt[0]?.startedAt ?? 0)) / 1000,
      queued_duration: 5,
    };
    const ofMergeRequest = run.refKind === "merge_request" ? { merge_request: { iid: 7, title: "A change" } } : {};
    const body = pipelineHook(hasFailed(attempt) ? "failed" : "success", builds, attributes, ofMergeRequest);
    return { source: "gitlab", body };
  });
}

const repository = { id: 1, full_name: "team/shop", html_url: "https://github.com/team/shop", default_branch: "main" };

/** A delivery for the end of each job and of each attempt, as GitHub sends them. */
export function deliverToGithub(run: AnswerRun, runNumber: number): Delivered[] {
  const send = (id: string, event: string, body: object): Delivered => ({
    source: "github",
    body: { action: "completed", repository, ...body },
    headers: { "x-github-event": event, "x-github-delivery": id },
  });
  const common = { name: "ci", head_branch: run.ref, head_sha: toSha(run.sha) };
  const begun = toIso(Math.min(...run.jobs.map(({ queuedAt }) => queuedAt ?? 0)));
  const ofJobs = run.jobs.map((job, i) => {
    const conclusion = job.result === "success" ? "success" : "failure";
    const id = runNumber * 1000 + i;
    const workflow_job = {
      ...common,
      id,
      run_id: runNumber,
      run_attempt: job.attempt,
      workflow_name: "ci",
      name: job.name,
      status: "completed",
      conclusion,
      created_at: toIso(job.queuedAt),
      started_at: toIso(job.startedAt),
      completed_at: toIso(job.finishedAt),
      labels: ["ubuntu-24.04"],
      steps: [{ name: "Run it", status: "completed", conclusion, number: 1 }],
      runner_id: 3,
      runner_name: "r3",
    };
    return send(`job-${id}`, "workflow_job", { workflow_job });
  });
  const ofAttempts = [...new Set(run.jobs.map((job) => job.attempt))].map((attempt) => {
    const jobs = run.jobs.filter((job) => job.attempt === attempt);
    const workflow_run = {
      ...common,
      id: runNumber,
      run_number: runNumber,
      run_attempt: attempt,
      path: ".github/workflows/ci.yml",
      workflow_id: 7,
      event: run.refKind === "merge_request" ? "pull_request" : "push",
      status: "completed",
      conclusion: hasFailed(jobs) ? "failure" : "success",
      created_at: begun,
      run_started_at: toIso(Math.min(...jobs.map(({ queuedAt }) => queuedAt ?? 0))),
      updated_at: toIso(findEnd(jobs)),
    };
    return send(`run-${runNumber}-${attempt}`, "workflow_run", { workflow_run });
  });
  return [...ofJobs, ...ofAttempts];
}
