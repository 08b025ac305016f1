import type { Parsed } from "../../core/adapter.ts";
import type { RefKind } from "../../core/model.ts";
import { describeRun, isOfMergeQueue, isOfPullRequest } from "./describe-run.ts";
import { readTitle } from "../title.ts";
import { toHttpUrl } from "../url.ts";
import { readRunId, readTime } from "./fields.ts";
import { namePipeline } from "./names.ts";
import { checkWorkflowRun, type WorkflowRun } from "./schema.ts";
import type { Repository } from "./schema-parts.ts";
import { findUnknownConclusion, interpretStatus } from "./status.ts";
import { measureRun } from "./timing.ts";

/**
 * A `workflow_run` event: a snapshot of one attempt of a run. A re-run keeps the id and the number, counts `run_attempt`
 * up and resets `run_started_at`; `created_at` stays that of the first attempt.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 */
export function parseRun(body: unknown, source: string): Parsed {
  const checked = checkWorkflowRun(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { action, workflow_run: run, repository } = checked.value;
  const problems: string[] = [];
  const createdAt = readTime("workflow_run.created_at", run.created_at, problems);
  const startedAt = readTime("workflow_run.run_started_at", run.run_started_at, problems);
  const updatedAt = readTime("workflow_run.updated_at", run.updated_at, problems);
  if (problems.length > 0) return { kind: "invalid", problems };
  if (updatedAt === undefined) return { kind: "invalid", problems: ["workflow_run.updated_at is empty"] };

  const { status, conclusion } = run;
  const fields = {
    at: "workflow_run",
    action,
    status,
    conclusion,
    otherwise: conclusion ? "finished" : "pending",
  } as const;
  const native = interpretStatus(fields);
  const { state, result, nativeStatus } = native;
  const timing = measureRun(run, native, { createdAt, startedAt, updatedAt });
  const attempt = run.run_attempt ?? 1;
  const pipeline = namePipeline(checked.value);
  // The title of the commit or pull request, or the value of `run-name`.
  const title = readTitle(run.display_title);
  const observation = {
    provider: "github",
    source,
    run: readRunId(run.id, repository),
    version: { epoch: attempt, clock: updatedAt, rank: native.rank },
    attempt,
    queuedAt: timing.queuedAt,
    startedAt: timing.startedAt,
    completion: result === null ? undefined : String(attempt),
    facts: {
      project: repository.full_name,
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(title === undefined ? {} : { title }),
      number: run.run_number?.toString() ?? null,
      ref: run.head_branch || null,
      refKind: findRefKind(run, repository),
      defaultBranch: isDefaultBranch(run, repository),
      sha: run.head_sha || null,
      trigger: run.event || null,
      ...describeRun(run, repository),
      url: toHttpUrl(run.html_url) ?? null,
      parent: null,
      nativeStatus,
      state,
      result,
      finishedAt: timing.finishedAt,
      queueSeconds: timing.queueSeconds,
      durationSeconds: timing.durationSeconds,
    },
  } as const;
  const unknown = findUnknownConclusion(native, fields);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

/** `head_branch` holds tags as well as branches, so the kind is given only where it is certain. */
function findRefKind(run: WorkflowRun, repository: Repository): RefKind | null {
  if (isOfPullRequest(run)) return "merge_request";
  if (isOfMergeQueue(run)) return "merge_queue";
  if (run.event === "release") return "tag";
  return isDefaultBranch(run, repository) === true ? "branch" : null;
}

/** A pull request is never the default branch, whatever its branch is called: a fork's is often called `main` too. */
function isDefaultBranch(run: WorkflowRun, repository: Repository): boolean | null {
  if (isOfPullRequest(run) || isOfMergeQueue(run)) return false;
  const origin = run.head_repository?.full_name ?? repository.full_name;
  if (origin !== repository.full_name) return false;
  if (!run.head_branch || !repository.default_branch) return null;
  return run.head_branch === repository.default_branch;
}
