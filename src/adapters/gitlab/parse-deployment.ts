import type { Parsed } from "../../core/adapter.ts";
import type { DeploymentFacts } from "../../core/code-event.ts";
import { omitUndefined } from "../omit-undefined.ts";
import type { NativeState } from "../native-state.ts";
import { readSha } from "../commits.ts";
import { readName } from "../optional-fields.ts";
import { toHttpUrl } from "../url.ts";
import { identify, nameCodeProject } from "./code-project.ts";
import { checkDeploymentHook, type DeploymentHook } from "./code-schema.ts";
import { readTime } from "./fields.ts";
import { interpretStatus } from "./status.ts";
import { computeClock } from "./timing.ts";

/**
 * A Deployment Hook: the status of one deployment. gitlabhq lib/gitlab/data_builder/deployment.rb; `status_changed_at` is when the
 * status that caused the hook was reached, `status` what it is when the hook is sent.
 */
export function parseDeploymentHook(body: object, source: string): Parsed {
  const checked = checkDeploymentHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const hook = checked.value;
  const problems: string[] = [];
  const changedAt = readTime("status_changed_at", hook.status_changed_at, problems);
  const project = nameCodeProject(hook.project);
  if (project === "") problems.push("project.path_with_namespace is missing, and project.web_url as well");
  if (problems.length > 0) return { kind: "invalid", problems };
  const id = identifyDeployment(hook);
  if (id === undefined)
    return { kind: "ignored", reason: "the deployment has neither deployment_id nor deployable_id" };
  const { state, result, rank } = interpretDeployment(hook.status);
  const isFinished = state === "finished";
  return {
    kind: "code",
    codeEvents: [
      {
        kind: "deployment",
        provider: "gitlab",
        source,
        id: identify(hook.project, id),
        version: { epoch: 0, clock: computeClock([changedAt]), rank },
        facts: omitUndefined<DeploymentFacts>({
          project,
          environment: readName(hook.environment) ?? "",
          tier: hook.environment_tier ?? undefined,
          ref: hook.ref ?? undefined,
          sha: readSha(/\/([0-9a-f]{40,64})$/i.exec(hook.commit_url ?? "")?.[1]) ?? readSha(hook.short_sha),
          job: hook.deployable_id ? String(hook.deployable_id) : undefined,
          url: toHttpUrl(hook.deployable_url),
          nativeStatus: hook.status,
          state,
          result,
          startedAt: state === "executing" ? (changedAt ?? undefined) : undefined,
          finishedAt: isFinished ? changedAt : null,
        }),
      },
    ],
  };
}

/** Older versions send no `deployment_id`; a job deploys once. */
function identifyDeployment({ deployment_id: id, deployable_id: job }: DeploymentHook): string | undefined {
  if (id) return String(id);
  return job ? `job/${job}` : undefined;
}

/**
 * `blocked`, `approved` and `rejected` are about the approval of a deployment:
 * https://docs.gitlab.com/ci/environments/deployment_approvals/. A rejected one fails later.
 */
function interpretDeployment(status: string): NativeState {
  if (status === "blocked" || status === "rejected")
    return { state: "blocked", result: null, nativeStatus: status, rank: 12 };
  if (status === "approved") return { state: "pending", result: null, nativeStatus: status, rank: 13 };
  return interpretStatus(status, "pending");
}
