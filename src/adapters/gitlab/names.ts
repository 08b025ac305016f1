import type { SourceSettings } from "../../core/adapter.ts";
import { nameChild } from "../../core/name-child.ts";
import { readTitle } from "../title.ts";

export interface PipelineName {
  readonly pipeline: string;
  readonly title?: string;
}

/**
 * What a pipeline and this run of it are called. Both hooks must give the pipeline of a run the same name.
 *
 * GitLab's `workflow:name` may hold variables (the first example of its documentation is `Pipeline for branch:
 * $CI_COMMIT_BRANCH`, https://docs.gitlab.com/ci/yaml/#workflowname), so as a label it would make one series per branch. It is
 * the run's title; a run without one has the title of its merge request or of its commit. It becomes the label only with the setting `pipelineLabel: name`, for sources whose names are all constant.
 */
export function namePipeline(
  name: string | null | undefined,
  project: string,
  { pipelineLabel }: SourceSettings,
  isChild = false,
  findOtherTitle?: () => string | undefined,
): PipelineName {
  const own = readTitle(name);
  const label = own !== undefined && pipelineLabel === "name" ? (name ?? undefined) : undefined;
  const title = own ?? readTitle(findOtherTitle?.());
  const pipeline = isChild ? nameChild(project, label ?? "child") : (label ?? project);
  return title === undefined ? { pipeline } : { pipeline, title };
}
