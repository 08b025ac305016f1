import type { Parsed } from "../../core/adapter.ts";
import { lowestVersion, type JobObservation, type Version } from "../../core/model.ts";
import { findOwner } from "./fields.ts";
import { interpretResource, type ReportedResource } from "./interpret-resource.ts";
import { isSettled, labels, namePipeline, nameProject } from "./names.ts";
import { observeJob, observeRun } from "./observe.ts";
import type { Status } from "./schema.ts";

/** A PipelineRun is a run, and also a job of the PipelineRun that owns it (pipelines in pipelines). */
export function parsePipelineRun(reported: ReportedResource): Parsed {
  const interpreted = interpretResource(reported);
  if (!interpreted.ok) return { kind: "invalid", problems: interpreted.problems };
  const { native, timing } = interpreted.value;
  const { resource, source } = reported;
  const { metadata, spec, status } = resource;
  const owner = findOwner(metadata);
  const pipeline = namePipeline(metadata, metadata.name, spec?.pipelineRef);
  const own = observeRun(reported, interpreted.value, {
    // As long as the name may change it is left out, so that no series begins under a name that nothing is counted under later.
    pipeline: native.state !== "pending" || isSettled(metadata, spec?.pipelineRef, status) ? pipeline : undefined,
    parent: owner?.uid ?? metadata.labels?.[labels.pipelineRunUid] ?? null,
    // What a run in progress calls skipped may run after all: https://github.com/tektoncd/pipeline/issues/4583
    jobs: native.state === "finished" ? listSkippedJobs(status ?? {}, timing.version) : [],
  });
  if (owner === undefined) return { kind: "observed", observations: [own] };
  const job = observeJob(reported, metadata.labels?.[labels.pipelineTask] || pipeline, interpreted.value);
  // The labels name this run's own pipeline. The name of the owner's pipeline comes with the owner's events.
  const facts = { project: nameProject(metadata) };
  const parent = { provider: "tekton", source, run: owner.uid, version: lowestVersion, facts, jobs: [job] };
  return { kind: "observed", observations: [own, parent] };
}

/** Tasks that will never run have no TaskRun, hence no uid. Within their run the task's name identifies them. */
function listSkippedJobs(status: Status, version: Version): JobObservation[] {
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
