import { openBook, type Figures } from "./figures.ts";
import type { Attempt, Conclusion, Job, Run } from "./github-life.ts";

/**
 * What these runs must come to. It follows from what happened, not from what was delivered, and shares nothing with the
 * adapter: see https://docs.github.com/en/rest/actions/workflow-runs and https://docs.github.com/en/rest/actions/workflow-jobs
 */
export function figureRuns(runs: readonly Run[], day: number): Figures {
  const book = openBook();
  for (const run of runs) {
    const pipeline = labels[run.workflow.path] ?? "";
    const default_branch = String(run.event !== "pull_request" && run.branch === "main");
    for (const attempt of run.attempts) {
      const result = attempt.conclusion === null ? null : results[attempt.conclusion];
      if (result !== null && attempt.completedAt !== null) {
        const of = { pipeline, default_branch, result };
        book.count("cicd_pipeline_runs_total", of);
        book.observe("cicd_pipeline_run_duration_seconds", of, workOfRun(attempt));
        book.raise("last_completion", { pipeline, result }, day / 1000 + attempt.completedAt);
      }
      for (const job of attempt.jobs) countJob(book, pipeline, job);
    }
    countFlakes(book, pipeline, run.attempts);
    book.count("cicd_pipeline_run_restarts_total", { pipeline }, Math.max(0, run.attempts.length - 1));
    if (isRecovered(run.attempts)) book.count("cicd_pipeline_runs_recovered_total", { pipeline });
    const state = getState(run);
    if (state !== null) book.count("active", { pipeline, state });
    const last = run.attempts.at(-1)?.conclusion ?? null;
    book.count("run_rows", { pipeline, state: state ?? "finished", result: last === null ? "" : results[last] });
  }
  return book.figures;
}

/** GitHub tells workflows apart by their file. */
const labels: Readonly<Record<string, string>> = {
  ".github/workflows/ci.yml": "CI",
  ".github/workflows/web.yml": "CI (web.yml)",
  ".github/workflows/release.yml": "Ship it (release.yml)",
};

const results: Readonly<Record<Conclusion, string>> = {
  success: "success",
  failure: "failure",
  cancelled: "cancellation",
  skipped: "skip",
  timed_out: "timeout",
  startup_failure: "error",
};

/** From the trigger of the attempt to its end; nothing worked in what was skipped or refused. */
function workOfRun({ conclusion, startedAt, completedAt }: Attempt): number | null {
  if (completedAt === null || conclusion === "skipped" || conclusion === "startup_failure") return null;
  return completedAt - startedAt;
}

function countJob(book: ReturnType<typeof openBook>, pipeline: string, job: Job): void {
  if (job.isCheckRun) return;
  if (job.conclusion === null || job.completedAt === null) {
    book.count("job_rows", { pipeline, state: job.startedAt === null ? "pending" : "executing", result: "" });
    return;
  }
  const of = { pipeline, job_name: job.name };
  const result = results[job.conclusion];
  book.count("cicd_job_runs_total", { ...of, result });
  book.count("job_rows", { pipeline, state: "finished", result });
  const hasFailed = job.conclusion === "failure" || job.conclusion === "timed_out";
  if (hasFailed && !job.isCarriedOver) book.count("cicd_job_failures_total", of);
  if (job.startedAt === null || job.isCarriedOver || job.hasOddStart) return;
  book.observe("cicd_job_queue_seconds", of, job.startedAt - job.createdAt);
  book.observe("cicd_job_duration_seconds", { ...of, result }, job.completedAt - job.startedAt);
  book.count("cicd_job_seconds_total", { pipeline }, job.completedAt - job.startedAt);
}

/** A job that failed, and that a later attempt ran again and passed. */
function countFlakes(book: ReturnType<typeof openBook>, pipeline: string, attempts: readonly Attempt[]): void {
  for (const [i, { jobs }] of attempts.entries()) {
    const later = attempts.slice(i + 1).flatMap((attempt) => attempt.jobs);
    for (const { name, conclusion, isCarriedOver, isCheckRun, hasOddStart, startedAt, completedAt } of jobs) {
      if ((conclusion !== "failure" && conclusion !== "timed_out") || isCarriedOver || isCheckRun) continue;
      const passed = later.some((one) => one.name === name && one.conclusion === "success" && !one.isCarriedOver);
      if (!passed || completedAt === null) continue;
      book.count("cicd_job_flakes_total", { pipeline, job_name: name });
      const millis = startedAt === null || hasOddStart ? 0 : completedAt - startedAt;
      book.count("cicd_job_flake_seconds_total", { pipeline }, millis);
    }
  }
}

function isRecovered(attempts: readonly Attempt[]): boolean {
  const firstFailure = attempts.findIndex(
    ({ conclusion }) => conclusion === "failure" || conclusion === "startup_failure" || conclusion === "timed_out",
  );
  return firstFailure >= 0 && attempts.slice(firstFailure + 1).some(({ conclusion }) => conclusion === "success");
}

/** `null`: it is over. */
function getState({ askedAt, attempts }: Run): string | null {
  const last = attempts.at(-1);
  if (last === undefined) return askedAt === null ? null : "blocked";
  if (last.standing === null) return null;
  const states = {
    queued: "pending",
    held: "pending",
    waiting: "blocked",
    executing: "executing",
    "waits again": "blocked",
  };
  return states[last.standing];
}
