import type { JobFacts } from "../../core/model.ts";
import { withoutEmails } from "../redact.ts";
import { summarizeSteps } from "../steps.ts";
import { parseTime } from "../time.ts";
import type { JobDeployment, Step, WorkflowJob, WorkflowJobEvent } from "./schema.ts";
import type { State } from "../../core/states.ts";
import type { Millis } from "../../core/time.ts";

/** What a job's delivery states besides state and times: its kind of runner, its environment and gate, and its steps at the end. */
export function describeJob({ workflow_job: job, deployment }: WorkflowJobEvent, state: State): Partial<JobFacts> {
  return {
    runnerClass: nameRunnerClass(job),
    ...(deployment ? describeDeployment(deployment) : {}),
    ...(state === "finished" ? summarizeSteps((job.steps ?? []).map(readStep)) : {}),
  };
}

/**
 * The kind of runner that a job asks for: the labels of `runs-on`, sorted and joined. A job that asks only for a group of runners
 * has no labels; then it is the group, which is known as soon as a runner has taken the job.
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/choose-the-runner-for-a-job
 */
function nameRunnerClass({ labels, runner_group_name: group }: WorkflowJob): string | null {
  const named = new Set((labels ?? []).flatMap((label) => (label ? withoutEmails(label) : [])));
  return named.size === 0 ? group || null : [...named].toSorted().join(",");
}

/**
 * The deployment that GitHub makes for a job with an `environment`. Its production flag is set for an environment called
 * `production` alone, unless a program created the deployment: https://docs.github.com/en/rest/deployments/deployments
 */
function describeDeployment({ environment, production_environment: isProduction }: JobDeployment): Partial<JobFacts> {
  if (!environment) return {};
  return { environment, ...(isProduction === true ? { environmentTier: "production" } : {}) };
}

/**
 * A step of a job; a time that is none is left out. A failed step that the workflow allows to fail (`continue-on-error`) has the
 * conclusion `success`: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#steps-context
 */
function readStep(step: Step | null) {
  const { name, conclusion, started_at: startedAt, completed_at: finishedAt } = step ?? {};
  return {
    name: name ?? "",
    startedAt: readMoment(startedAt),
    finishedAt: readMoment(finishedAt),
    failed: conclusion === "failure",
  };
}

function readMoment(text: string | null | undefined): Millis | undefined {
  return text ? parseTime(text) : undefined;
}
