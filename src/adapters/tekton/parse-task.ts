import type { Parsed } from "../../core/adapter.ts";
import { lowestVersion } from "../../core/model.ts";
import { findOwner, isPartOfCustomRun } from "./fields.ts";
import { interpretResource, type ReportedResource } from "./interpret-resource.ts";
import { labels, namePipeline, nameProject, nameTask } from "./names.ts";
import { observeJob, observeRun } from "./observe.ts";

/**
 * A TaskRun, CustomRun or alpha Run is a job of the PipelineRun that created it. One that was not created for a pipeline is a run of
 * its own with itself as its only job.
 */
export function parseTaskRun(reported: ReportedResource): Parsed {
  const interpreted = interpretResource(reported);
  if (!interpreted.ok) return { kind: "invalid", problems: interpreted.problems };
  const { resource, source } = reported;
  const { metadata, spec } = resource;
  const task = nameTask(metadata, spec?.taskRef ?? spec?.customRef ?? spec?.ref);
  const job = observeJob(reported, metadata.labels?.[labels.pipelineTask] || task, interpreted.value);

  const owner = findOwner(metadata);
  if (owner === undefined && isPartOfCustomRun(metadata))
    return { kind: "ignored", reason: "it is part of a custom task's run, which is the job" };
  const run = metadata.labels?.[labels.pipelineRunUid] || owner?.uid;
  const runName = metadata.labels?.[labels.pipelineRun] || owner?.name;
  if (run !== undefined) {
    const facts = { project: nameProject(metadata), pipeline: namePipeline(metadata, runName ?? "") };
    const parent = { provider: "tekton", source, run, version: lowestVersion, facts, jobs: [job] };
    return { kind: "observed", observations: [parent] };
  }
  // The events of the PipelineRun have its uid. A run whose id is its name would never be joined with it.
  if (runName) {
    const problem = `metadata.ownerReferences holds no uid of the PipelineRun ${metadata.namespace}/${runName}`;
    return { kind: "invalid", problems: [problem] };
  }
  const own = observeRun(reported, interpreted.value, { pipeline: task, parent: null, jobs: [job] });
  return { kind: "observed", observations: [own] };
}
