import type { Actor, RunFacts } from "../../core/model.ts";
import { readId, readList, readMember, readMoment, readName, readText } from "../optional-fields.ts";
import type { WorkflowRun } from "./schema.ts";
import type { Repository } from "./schema-parts.ts";

/** The branches of a merge queue: `gh-readonly-queue/main/pr-812-4be1d60f…`, with the pull request that joined the queue last. */
const queued = /^gh-readonly-queue\/.+\/pr-(\d{1,15})-[0-9a-f]{7,64}$/;

/**
 * Whether a run tests what a merge queue would merge.
 * https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue#triggering-merge-group-checks-with-third-party-ci-providers
 */
export function isOfMergeQueue({ event, head_branch: branch }: WorkflowRun): boolean {
  return event === "merge_group" || (branch?.startsWith("gh-readonly-queue/") ?? false);
}

/** `pull_request`, `pull_request_target`, `pull_request_review`, `pull_request_review_comment` */
export function isOfPullRequest({ event }: WorkflowRun): boolean {
  return event?.startsWith("pull_request") ?? false;
}

/** What a run's delivery states besides its state, times and names. */
export function describeRun(run: WorkflowRun, repository: Repository): Partial<RunFacts> {
  const committedAt = readMoment(readMember(run.head_commit, "timestamp"));
  const startedBy = run.event === "schedule" ? undefined : readActor(run.actor);
  const restartedBy = (run.run_attempt ?? 1) > 1 ? readActor(run.triggering_actor) : undefined;
  return {
    change: findChange(run, repository),
    ...(committedAt === undefined ? {} : { committedAt }),
    ...(startedBy === undefined ? {} : { startedBy }),
    ...(restartedBy === undefined ? {} : { restartedBy }),
    ...summarizeWorkflows(run),
  };
}

/**
 * The pull request that a run is for. `pull_requests` holds those that its branch is the head of, also for a push to that branch.
 * Those of another repository (a fork lists the ones that it sent upstream) have numbers of that repository. It is empty for pull
 * requests from forks (https://github.com/actions/runner/issues/3444). More than one: it is not certain which.
 */
function findChange(run: WorkflowRun, repository: Repository): string | null {
  const [, ofQueue] = queued.exec(run.head_branch ?? "") ?? [];
  if (ofQueue !== undefined) return ofQueue;
  if (!isOfPullRequest(run) && run.head_branch === repository.default_branch) return null;
  const numbers = readList(run.pull_requests).flatMap((pull) => {
    const target = readMember(readMember(readMember(pull, "base"), "repo"), "id") ?? repository.id;
    return target === repository.id ? (readId(readMember(pull, "number")) ?? []) : [];
  });
  return numbers.length === 1 ? (numbers[0] ?? null) : null;
}

const actors: ReadonlyMap<string, Actor> = new Map([
  ["Bot", "bot"],
  ["User", "person"],
]);

/**
 * Who started a run: the `actor` its first attempt, the `triggering_actor` the latest one. A scheduled run has as its actor the person who
 * last changed its schedule: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
 */
function readActor(account: unknown): Actor | undefined {
  return actors.get(readText(readMember(account, "type")) ?? "");
}

/** Reusable workflows that are named; a run may use some dozens of them. */
const referencedMax = 10;
const pathMax = 200;

/**
 * The reusable workflows that a run's workflow calls (`owner/repository/.github/workflows/x.yml@ref`), and its own file, as JSON. A
 * workflow that calls none has no such detail: its file is in the name of the pipeline, or follows from it.
 * https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows
 */
function summarizeWorkflows({ path, referenced_workflows: referenced }: WorkflowRun): Partial<RunFacts> {
  const called = readList(referenced).flatMap((each) => readName(readMember(each, "path"))?.slice(0, pathMax) ?? []);
  if (called.length === 0) return {};
  const detail = {
    ...(path ? { workflow: path.slice(0, pathMax) } : {}),
    calls: called.slice(0, referencedMax),
    ...(called.length > referencedMax ? { callsLeftOut: called.length - referencedMax } : {}),
  };
  return { detail: JSON.stringify(detail) };
}
