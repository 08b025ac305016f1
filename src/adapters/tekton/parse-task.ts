import { mention } from "../../core/model.ts";
import { labels, pipelineOf, projectOf, taskOf } from "./names.ts";
import { identity, observeRun } from "./parse-run.ts";
import { isPartOfCustomRun, jobOf, ownerOf, readLife, type Outcome, type Reported } from "./read.ts";

/**
 * A TaskRun, CustomRun or alpha Run is a job of the PipelineRun that created it. One that nobody created for a pipeline
 * is a run of its own with itself as its only job.
 */
export function observeTask(reported: Reported): Outcome {
  const { metadata, spec } = reported.resource;
  const read = readLife(reported);
  if (!read.ok) return read;
  const life = read.value;
  const task = taskOf(metadata, spec?.taskRef ?? spec?.customRef ?? spec?.ref);
  const job = jobOf(reported, metadata.labels?.[labels.pipelineTask] || task, life);

  const owner = ownerOf(metadata);
  if (owner === undefined && isPartOfCustomRun(metadata))
    return { ignored: "it is part of a custom task's run, which is the job" };
  const run = metadata.labels?.[labels.pipelineRunUid] || owner?.uid;
  const runName = metadata.labels?.[labels.pipelineRun] || owner?.name;
  if (run !== undefined) {
    const facts = { project: projectOf(metadata), pipeline: pipelineOf(metadata, runName ?? "") };
    return { observations: [{ ...identity(reported), run, version: mention, facts, jobs: [job] }] };
  }
  // A run made up from the name would never meet the events of the PipelineRun, which go by its uid.
  if (runName)
    return { problems: [`metadata.ownerReferences holds no uid of the PipelineRun ${metadata.namespace}/${runName}`] };
  return { observations: [observeRun(reported, life, { pipeline: task, parent: null, jobs: [job] })] };
}
