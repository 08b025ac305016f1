import type { JobFacts, JobObservation } from "../../core/model.ts";
import { omitUndefined, type Undefinable } from "../omit-undefined.ts";
import { readMember, readName, readText } from "../optional-fields.ts";
import { findActor } from "./actor.ts";
import type { JobGate } from "./gate.ts";
import { joinRunnerTags, nameRunner } from "./runner.ts";
import { interpretJobStatus } from "./status.ts";
import { computeClock } from "./timing.ts";
import type { JobFields } from "./fields.ts";

/**
 * The observation of a job. It is the same from either hook, so that Pipeline Hooks and Job Hooks of one job can arrive in any order.
 */
export function observeJob(job: JobFields, gate?: JobGate): JobObservation {
  const { name, stage, startedAt, queuedDuration, runner } = job;
  const native = interpretJobStatus(job.status, job.failureReason, guessState(job));
  const finished = native.state === "finished";
  const failed = job.status === "failed";
  // Without GitLab's own figure the queue time is unknown: `createdAt` is when the pipeline was created, so the difference would
  // include all earlier stages.
  const queue = queuedDuration === undefined || startedAt === null ? undefined : queuedDuration;
  return {
    job: String(job.id),
    version: {
      epoch: 0,
      clock: computeClock([job.createdAt, startedAt, finished ? job.finishedAt : null]),
      rank: native.rank,
    },
    // `queued_duration` begins when the job was ready; `createdAt` is earlier by the duration of all earlier stages.
    queuedAt: startedAt === null || typeof queue !== "number" ? undefined : startedAt - Math.round(queue * 1000),
    startedAt: startedAt ?? undefined,
    facts: omitUndefined<JobFacts>(
      {
        name,
        stage,
        // Never `null`: a Job Hook from before the runner was assigned must not remove it.
        runner: runner ? nameRunner(runner) : undefined,
        runnerClass: runner ? joinRunnerTags(runner) : undefined,
        url: job.webUrl === undefined ? undefined : `${job.webUrl}/-/jobs/${job.id}`,
        allowFailure: job.allowFailure ?? undefined,
        // Job Hooks carry `unknown_failure` for every job that did not fail.
        failureReason: failed ? (job.failureReason ?? undefined) : null,
        nativeStatus: job.status,
        state: native.state,
        result: native.result,
        finishedAt: finished ? job.finishedAt : null,
        queueSeconds: queue,
        durationSeconds: finished ? (startedAt === null ? null : job.duration) : undefined,
      },
      describeRare(job, gate),
    ),
  };
}

/** What few jobs have; `undefined` where this one has nothing of it. */
function describeRare(job: JobFields, gate: JobGate | undefined): Undefinable<JobFacts> | undefined {
  const { environment, user, retriesBefore } = job;
  const startedBy = findActor(user) === "bot" ? "bot" : undefined;
  if (gate === undefined && startedBy === undefined && retriesBefore === undefined && !environment) return undefined;
  const action = readText(readMember(environment, "action"));
  return {
    environment: readName(readMember(environment, "name")),
    environmentTier: readText(readMember(environment, "deployment_tier")),
    environmentAction: action === "start" ? undefined : action,
    gate: gate?.gate,
    gatedAt: gate?.gatedAt,
    startedBy,
    retriesBefore,
  };
}

function guessState({ startedAt, finishedAt }: JobFields): "pending" | "executing" | "finished" {
  if (finishedAt !== null) return "finished";
  return startedAt === null ? "pending" : "executing";
}
