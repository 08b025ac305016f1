import type { JobFacts } from "../../core/model.ts";
import { joinTexts, readMember, readMoment, readName, readText } from "../optional-fields.ts";
import { summarizeSteps } from "../steps.ts";
import type { WorkflowJob, WorkflowJobEvent } from "./schema.ts";
import type { State } from "../../core/states.ts";

/** What a job's delivery states besides state and times: its kind of runner, its environment and gate, and its steps at the end. */
export function describeJob({ workflow_job: job, deployment }: WorkflowJobEvent, state: State): Partial<JobFacts> {
  return {
    runnerClass: nameRunnerClass(job),
    ...describeDeployment(deployment),
    ...(state === "finished" ? summarizeSteps((job.steps ?? []).map(readStep), job.conclusion === "success") : {}),
  };
}

/**
 * The kind of runner that a job asks for: the labels of `runs-on`, sorted and joined. A job that asks only for a group of runners
 * has no labels; then it is the group, which is known as soon as a runner has taken the job.
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/choose-the-runner-for-a-job
 */
function nameRunnerClass({ labels, runner_group_name: group }: WorkflowJob): string | null {
  return joinTexts([...new Set(labels)]) ?? readName(group) ?? null;
}

/**
 * The deployment that GitHub makes for a job with an `environment`. Its production flag is set for an environment called
 * `production` alone, unless a program created the deployment: https://docs.github.com/en/rest/deployments/deployments
 */
function describeDeployment(deployment: unknown): Partial<JobFacts> {
  const environment = readName(readMember(deployment, "environment"));
  if (environment === undefined) return {};
  const isProduction = readMember(deployment, "production_environment") === true;
  return { environment, ...(isProduction ? { environmentTier: "production" } : {}) };
}

/**
 * A step of a job; a time that is none is left out. A failed step that the workflow allows to fail (`continue-on-error`) has the
 * conclusion `success`: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#steps-context
 */
function readStep(step: unknown) {
  return {
    name: readText(readMember(step, "name")) ?? "",
    startedAt: readMoment(readMember(step, "started_at")),
    finishedAt: readMoment(readMember(step, "completed_at")),
    failed: readMember(step, "conclusion") === "failure",
  };
}
