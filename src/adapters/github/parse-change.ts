import type { Parsed } from "../../core/adapter.ts";
import type { ChangeFacts } from "../../core/code-event.ts";
import { readSha } from "../commits.ts";
import { checkPullRequest, type PullRequestEvent } from "./code-schema.ts";
import { nameOnHost, readTime } from "./fields.ts";

/** The actions that begin or end a pull request; all others change nothing that is kept. */
const actions: ReadonlySet<string> = new Set(["opened", "reopened", "closed"]);

/**
 * A pull request that was opened, closed or merged. Its title is read for one question and is not kept.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
 */
export function parsePullRequest(body: unknown, source: string): Parsed {
  const checked = checkPullRequest(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { action, pull_request: pull, repository } = checked.value;
  if (!actions.has(action)) return { kind: "ignored", reason: "pull_request that was neither opened nor closed" };
  const problems: string[] = [];
  const openedAt = readTime("pull_request.created_at", pull.created_at, problems);
  const updatedAt = readTime("pull_request.updated_at", pull.updated_at, problems);
  const mergedAt = readTime("pull_request.merged_at", pull.merged_at, problems);
  if (updatedAt === undefined) problems.push("pull_request.updated_at is empty");
  if (updatedAt === undefined || problems.length > 0) return { kind: "invalid", problems };
  const isMerged = action === "closed" && pull.merged === true;
  const facts: Partial<ChangeFacts> = {
    project: repository.full_name,
    number: String(pull.number),
    target: pull.base.ref,
    status: isMerged ? "merged" : action === "closed" ? "closed" : "open",
    ...(openedAt === undefined ? {} : { openedAt }),
    mergedAt: isMerged ? (mergedAt ?? updatedAt) : null,
    // Until the merge it is the commit of a trial merge, which no branch has.
    mergeSha: isMerged ? (readSha(pull.merge_commit_sha) ?? null) : null,
    headSha: readSha(pull.head.sha) ?? null,
    draft: pull.draft === true,
    revert: isRevert(pull.title ?? ""),
    hotfix: isHotfix(pull),
  };
  const version = { epoch: 0, clock: updatedAt, rank: action === "closed" ? 1 : 0 };
  const id = nameOnHost(String(pull.id), repository);
  return { kind: "code", codeEvents: [{ kind: "change", provider: "github", source, id, version, facts }] };
}

/**
 * Whether a title is that of a change that takes back another one: GitHub's button writes `Revert "…"`, Conventional Commits
 * `revert: …`. https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
 * and https://www.conventionalcommits.org/en/v1.0.0/
 */
function isRevert(title: string): boolean {
  return /^revert\b/i.test(title);
}

/** A label or a branch `hotfix`, as in Git flow: https://nvie.com/posts/a-successful-git-branching-model/ */
function isHotfix({ labels, head }: PullRequestEvent["pull_request"]): boolean {
  const isLabelled = (labels ?? []).some((label) => /^(?:.*[/:] ?)?hot-?fix$/i.test(label?.name ?? ""));
  return isLabelled || /^hot-?fix[/-]/i.test(head.ref ?? "");
}
