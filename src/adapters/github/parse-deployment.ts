import type { Parsed } from "../../core/adapter.ts";
import type { CodeEvent, DeploymentFacts } from "../../core/code-event.ts";
import { lowestVersion, type JobFacts, type Observation } from "../../core/model.ts";
import { readSha } from "../commits.ts";
import { toHttpUrl } from "../url.ts";
import {
  checkDeployment,
  checkDeploymentStatus,
  type DeploymentEvent,
  type DeploymentStatusEvent,
} from "./code-schema.ts";
import { nameOnHost, readRunId, readTime } from "./fields.ts";
import type { RunResult, State } from "../../core/states.ts";
import type { Millis } from "../../core/time.ts";

interface DeploymentState {
  readonly state: State;
  readonly result: RunResult | null;
  /** Orders the statuses of one second. */
  readonly rank: number;
}

/** `state` of a deployment's status: https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status */
const states: ReadonlyMap<string, DeploymentState> = new Map<string, DeploymentState>([
  // A job that waits for a reviewer or a timer: https://github.com/octokit/webhooks.net/pull/52
  ["waiting", { state: "blocked", result: null, rank: 1 }],
  ["pending", { state: "pending", result: null, rank: 2 }],
  ["queued", { state: "pending", result: null, rank: 3 }],
  ["in_progress", { state: "executing", result: null, rank: 4 }],
  ["success", { state: "finished", result: "success", rank: 5 }],
  ["failure", { state: "finished", result: "failure", rank: 5 }],
  ["error", { state: "finished", result: "error", rank: 5 }],
]);

/** A deployment that was created. Its statuses follow, unless the program that made it sends none. */
export function parseDeployment(body: unknown, source: string): Parsed {
  const checked = checkDeployment(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const problems: string[] = [];
  const createdAt = readCreation(checked.value, problems);
  if (createdAt === undefined) return { kind: "invalid", problems };
  const version = { epoch: 0, clock: createdAt, rank: 0 };
  const facts = { ...describeDeployment(checked.value, createdAt), ...unfinished("created", "pending") };
  return { kind: "code", codeEvents: [observeDeployment(checked.value, source, version, facts)] };
}

/**
 * A status of a deployment, with the time at which it was set. `inactive` says that a later deployment took its place, not how
 * this one ended. https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
 */
export function parseDeploymentStatus(body: unknown, source: string): Parsed {
  const checked = checkDeploymentStatus(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { deployment_status: status } = checked.value;
  if (status.state === "inactive") return { kind: "ignored", reason: "a later deployment took its place" };
  const found = states.get(status.state);
  if (found === undefined)
    return {
      kind: "invalid",
      problems: [`deployment_status.state is unknown: ${JSON.stringify(status.state.slice(0, 60))}`],
    };
  const problems: string[] = [];
  const createdAt = readCreation(checked.value, problems);
  const at = readTime("deployment_status.created_at", status.created_at, problems);
  if (at === undefined) problems.push("deployment_status.created_at is empty");
  if (createdAt === undefined || at === undefined) return { kind: "invalid", problems };

  const { state, result, rank } = found;
  const job = checked.value.check_run;
  const url = toHttpUrl(status.log_url) ?? toHttpUrl(status.target_url);
  const facts: Partial<DeploymentFacts> = {
    ...describeDeployment(checked.value, createdAt),
    // A status may move its deployment to another environment.
    ...(status.environment ? { environment: status.environment } : {}),
    ...(job ? { job: String(job.id) } : {}),
    ...(url === undefined ? {} : { url }),
    ...(state === "executing" ? { startedAt: at } : {}),
    ...(result === null
      ? unfinished(status.state, state)
      : { nativeStatus: status.state, state, result, finishedAt: at }),
  };
  const codeEvents = [observeDeployment(checked.value, source, { epoch: 0, clock: at, rank }, facts)] as const;
  const gate = observeGate(checked.value, source, at);
  return gate === undefined ? { kind: "code", codeEvents } : { kind: "observed", observations: [gate], codeEvents };
}

function unfinished(nativeStatus: string, state: State) {
  return { nativeStatus, state, result: null, finishedAt: null };
}

function readCreation({ deployment }: DeploymentEvent, problems: string[]): Millis | undefined {
  const createdAt = readTime("deployment.created_at", deployment.created_at, problems);
  if (createdAt === undefined && problems.length === 0) problems.push("deployment.created_at is empty");
  return createdAt;
}

/** `ref` is what was asked for: a branch, a tag, or the commit itself. */
function describeDeployment({ deployment, workflow_run: run, repository }: DeploymentEvent, createdAt: Millis) {
  const { environment, production_environment: isProduction, ref, sha } = deployment;
  return {
    project: repository.full_name,
    ...(environment ? { environment } : {}),
    tier: isProduction === true ? "production" : null,
    ref: ref || null,
    sha: readSha(sha) ?? null,
    ...(run ? { run: readRunId(run.id, repository) } : {}),
    createdAt,
  };
}

function observeDeployment(
  { deployment, repository }: DeploymentEvent,
  source: string,
  version: CodeEvent["version"],
  facts: Partial<DeploymentFacts>,
): CodeEvent {
  const id = nameOnHost(String(deployment.id), repository);
  return { kind: "deployment", provider: "github", source, id, version, facts };
}

/**
 * How long a job waited for its approval: `waiting` begins it, `queued` ends it. The deliveries of the job itself have the same times
 * before and after it: https://github.com/runs-on/runs-on/issues/539. A job has the id of its check run, see `check_run_url`:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
 */
function observeGate(event: DeploymentStatusEvent, source: string, at: Millis): Observation | undefined {
  const { workflow_run: run, check_run: job, workflow, deployment_status: status, repository } = event;
  if (!run || !job || (status.state !== "waiting" && status.state !== "queued")) return undefined;
  const gate: Partial<JobFacts> = status.state === "waiting" ? { gate: "approval", gatedAt: at } : { gateOpenedAt: at };
  return {
    provider: "github",
    source,
    run: readRunId(run.id, repository),
    version: lowestVersion,
    facts: { project: repository.full_name, ...(workflow?.name ? { pipeline: workflow.name } : {}) },
    jobs: [{ job: String(job.id), version: lowestVersion, facts: { name: job.name, stage: null, ...gate } }],
  };
}
