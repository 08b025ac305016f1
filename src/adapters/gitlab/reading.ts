import type { SourceSettings } from "../../core/adapter.ts";
import { nameChild } from "../../core/child.ts";
import type { Millis } from "../../core/model.ts";
import { parseTime } from "../time.ts";
import { readTitle } from "../title.ts";

/** Reads the time in a field; `null` where there is none. */
export type ReadTime = (field: string, text: string | null | undefined) => Millis | null;

/** A reader that adds to `problems` the fields that hold something other than a time. */
export function timeReader(problems: string[]): ReadTime {
  return (field, text) => {
    if (text === null || text === undefined || text === "") return null;
    const at = parseTime(text);
    if (at === undefined) problems.push(`${field} is not a time with a zone: ${JSON.stringify(text.slice(0, 60))}`);
    return at ?? null;
  };
}

/**
 * The newest of these moments, in whole seconds: the same moment comes with milliseconds in one delivery ("Test" button,
 * Job Hook) and without in the next, and that must not make either of them newer.
 */
export function clockOf(moments: readonly (Millis | null)[]): Millis {
  let newest = 0;
  for (const moment of moments) newest = Math.max(newest, moment ?? 0);
  return Math.floor(newest / 1000) * 1000;
}

export interface PipelineName {
  readonly pipeline: string;
  readonly title?: string;
}

/**
 * What a pipeline and this run of it are called. Both hooks must name a run's pipeline alike.
 *
 * GitLab's `workflow:name` may hold variables (the first example of its documentation is `Pipeline for branch:
 * $CI_COMMIT_BRANCH`, https://docs.gitlab.com/ci/yaml/#workflowname), so as a label it would be a series a branch. It
 * is the run's title; only an operator who knows that all names are constant makes it the label.
 */
export function namePipeline(
  name: string | null | undefined,
  project: string,
  { pipelineLabel }: SourceSettings,
  isChild = false,
): PipelineName {
  const title = readTitle(name);
  const label = title !== undefined && pipelineLabel === "name" ? (name ?? undefined) : undefined;
  const pipeline = isChild ? nameChild(project, label ?? "child") : (label ?? project);
  return title === undefined ? { pipeline } : { pipeline, title };
}

/** Ten years. GitLab keeps nothing running for as long. */
const secondsMax = 10 * 366 * 24 * 3600;

/** Seconds as GitLab counted them. What cannot be, because a clock was put back or ahead, is not said. */
export function secondsOf(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === "number" && (seconds < 0 || seconds > secondsMax) ? undefined : seconds;
}
