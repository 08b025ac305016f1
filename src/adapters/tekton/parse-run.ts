import type { JobObservation, Observation, RunFacts, Version } from "../../core/model.ts";
import { mention } from "../../core/model.ts";
import { withoutEmails } from "../redact.ts";
import { isSettled, labels, pipelineOf, projectOf, restartOf, sourceFacts } from "./names.ts";
import { jobOf, ownerOf, readLife, type Life, type Outcome, type Reported } from "./read.ts";
import type { Status } from "./schema.ts";
import { succeededCondition } from "./times.ts";

/** A PipelineRun is a run, and also a job of the PipelineRun that owns it (pipelines in pipelines). */
export function observePipelineRun(reported: Reported): Outcome {
  const read = readLife(reported);
  if (!read.ok) return read;
  const life = read.value;
  const { metadata, spec, status } = reported.resource;
  const owner = ownerOf(metadata);
  const pipeline = pipelineOf(metadata, metadata.name, spec?.pipelineRef);
  const { state } = life.judged;
  const own = observeRun(reported, life, {
    // While it may become another nothing is said, so that no series begins under a name that nothing ever counts in.
    pipeline: state !== "pending" || isSettled(metadata, spec?.pipelineRef, status) ? pipeline : undefined,
    parent: owner?.uid ?? metadata.labels?.[labels.pipelineRunUid] ?? null,
    // What a run in progress calls skipped may run after all: https://github.com/tektoncd/pipeline/issues/4583
    jobs: state === "finished" ? skippedJobs(status ?? {}, life.measured.version) : [],
  });
  if (owner === undefined) return { observations: [own] };
  const job = jobOf(reported, metadata.labels?.[labels.pipelineTask] || pipeline, life);
  // Its labels name its own pipeline, so the parent's is left for the parent to say.
  const facts = { project: projectOf(metadata) };
  return { observations: [own, { ...identity(reported), run: owner.uid, version: mention, facts, jobs: [job] }] };
}

/** A run in its own right: a PipelineRun, or a TaskRun or CustomRun that no pipeline started. */
export function observeRun(
  reported: Reported,
  { judged, measured }: Life,
  own: { pipeline: string | undefined; parent: string | null; jobs: readonly JobObservation[] },
): Observation {
  const { metadata, status } = reported.resource;
  const { state, result, nativeStatus } = judged;
  const repeated = own.parent === null ? restartOf(metadata) : undefined;
  const message = state === "finished" ? succeededCondition(status ?? {})?.message : undefined;
  const facts: Partial<RunFacts> = {
    project: projectOf(metadata),
    ...(own.pipeline === undefined ? {} : { pipeline: own.pipeline }),
    number: metadata.name,
    parent: own.parent,
    ...sourceFacts(metadata),
    ...(repeated === undefined ? {} : { restartOf: repeated }),
    nativeStatus,
    state,
    result,
    ...measured.facts,
    ...(message ? { detail: JSON.stringify({ message: withoutEmails(message.slice(0, 500)).toWellFormed() }) } : {}),
  };
  const { version, queuedAt, startedAt } = measured;
  return {
    ...identity(reported),
    run: metadata.uid,
    version,
    queuedAt,
    startedAt,
    facts,
    // A uid is one attempt: Tekton repeats a run only as a new one.
    ...(result === null ? {} : { completion: metadata.uid }),
    ...(own.jobs.length === 0 ? {} : { jobs: own.jobs }),
  };
}

/** Provider and source of every observation. */
export function identity({ source }: Reported): { readonly provider: string; readonly source: string } {
  return { provider: "tekton", source };
}

/** Tasks that will never run have no TaskRun, hence no uid: within their run the task's name identifies them. */
function skippedJobs(status: Status, version: Version): JobObservation[] {
  const finallyTasks = new Set((status.pipelineSpec?.finally ?? []).map((task) => task?.name));
  return (status.skippedTasks ?? []).map(({ name, reason }) => ({
    job: `skipped/${name}`,
    version,
    facts: {
      name,
      stage: finallyTasks.has(name) ? "finally" : "tasks",
      failureReason: reason ?? null,
      nativeStatus: "Skipped",
      state: "finished",
      result: "skip",
      finishedAt: null,
      queueSeconds: null,
      durationSeconds: null,
    },
  }));
}
