import type { Parsed } from "../../core/adapter.ts";
import type { RefKind } from "../../core/model.ts";
import { readTitle } from "../title.ts";
import { httpUrl } from "../url.ts";
import { namePipeline } from "./name-pipeline.ts";
import { readTimes, runId, secondsBetween } from "./native.ts";
import { checkWorkflowRun, type Repository, type WorkflowRun } from "./schema.ts";
import { isIdle, judge } from "./status.ts";

/**
 * A `workflow_run` event: a snapshot of one attempt of a run. A re-run keeps the id and the number, counts `run_attempt`
 * up and resets `run_started_at`; `created_at` stays that of the first attempt.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 */
export function parseRun(body: unknown, source: string): Parsed {
  const checked = checkWorkflowRun(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { action, workflow_run: run, repository } = checked.value;
  const { times, problems } = readTimes("workflow_run", run, ["created_at", "run_started_at", "updated_at"]);
  if (problems.length > 0) return { kind: "invalid", problems };
  if (times.updated_at === undefined) return { kind: "invalid", problems: ["workflow_run.updated_at is empty"] };

  const { status, conclusion } = run;
  const otherwise = conclusion ? "finished" : "pending";
  const judged = judge({ at: "workflow_run", action, status, conclusion, otherwise });
  const finished = judged.state === "finished";
  const worked = judged.hasBegun && !isIdle(conclusion);
  const attempt = run.run_attempt ?? 1;
  const begun = times.run_started_at ?? (attempt === 1 ? times.created_at : undefined);
  const pipeline = namePipeline(checked.value);
  // The title of the commit or pull request, or what `run-name` makes of it.
  const title = readTitle(run.display_title);
  const observation = {
    provider: "github",
    source,
    run: runId(run.id, repository),
    version: { epoch: attempt, clock: times.updated_at, rank: judged.rank },
    attempt,
    queuedAt: attempt === 1 ? (times.created_at ?? begun) : begun,
    startedAt: worked ? begun : undefined,
    completion: judged.result === null ? undefined : String(attempt),
    facts: {
      project: repository.full_name,
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(title === undefined ? {} : { title }),
      number: run.run_number?.toString() ?? null,
      ref: run.head_branch || null,
      refKind: refKindOf(run, repository),
      defaultBranch: isDefaultBranch(run, repository),
      sha: run.head_sha || null,
      trigger: run.event || null,
      url: httpUrl(run.html_url) ?? null,
      parent: null,
      nativeStatus: judged.nativeStatus,
      state: judged.state,
      result: judged.result,
      finishedAt: finished ? times.updated_at : null,
      // run_started_at is the moment of the trigger; when the first job got a runner is not said.
      queueSeconds: null,
      durationSeconds: finished && worked ? secondsBetween(begun, times.updated_at) : null,
    },
  } as const;
  return {
    kind: "observed",
    observations: [observation],
    ...(judged.problems.length > 0 ? { problems: judged.problems } : {}),
  };
}

/** A tag looks like a branch (both are `head_branch`), so only what is certain is said. */
function refKindOf(run: WorkflowRun, repository: Repository): RefKind | null {
  if (isPullRequest(run)) return "merge_request";
  if (run.event === "release") return "tag";
  return isDefaultBranch(run, repository) === true ? "branch" : null;
}

/** A pull request is never the default branch, whatever its branch is called: a fork's is often called `main` too. */
function isDefaultBranch(run: WorkflowRun, repository: Repository): boolean | null {
  if (isPullRequest(run)) return false;
  const origin = run.head_repository?.full_name ?? repository.full_name;
  if (origin !== repository.full_name) return false;
  if (!run.head_branch || !repository.default_branch) return null;
  return run.head_branch === repository.default_branch;
}

/** `pull_request`, `pull_request_target`, `pull_request_review`, `pull_request_review_comment` */
function isPullRequest({ event }: WorkflowRun): boolean {
  return event?.startsWith("pull_request") ?? false;
}
