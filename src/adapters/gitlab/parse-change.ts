import type { Parsed } from "../../core/adapter.ts";
import type { ChangeFacts } from "../../core/code-event.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { readSha } from "../commits.ts";
import { readMember, readText } from "../optional-fields.ts";
import { parseTime } from "../time.ts";
import { identify, nameCodeProject } from "./code-project.ts";
import { checkMergeRequestHook, type MergeRequestHook } from "./code-schema.ts";
import { readTime } from "./fields.ts";
import { computeClock } from "./timing.ts";

const ignored = "merge requests are stored when they are merged";

/**
 * A Merge Request Hook of a merge. Its `updated_at` is when it was merged, since the payload has no time of its own for that
 * (gitlabhq lib/gitlab/hook_data/merge_request_builder.rb, `SAFE_HOOK_ATTRIBUTES`); a later hook has a later one, so only the
 * action `merge` is read. The title is looked at and not stored.
 */
export function parseMergeRequestHook(body: object, source: string): Parsed {
  if (readMember(readMember(body, "object_attributes"), "action") !== "merge")
    return { kind: "ignored", reason: ignored };
  const checked = checkMergeRequestHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { object_attributes: change, project: given } = checked.value;
  const problems: string[] = [];
  const openedAt = readTime("object_attributes.created_at", change.created_at, problems) ?? undefined;
  const mergedAt = readTime("object_attributes.updated_at", change.updated_at, problems);
  const project = nameCodeProject(change.target ?? given) || nameCodeProject(given);
  if (project === "") problems.push("project.path_with_namespace is missing, and project.web_url as well");
  if (problems.length > 0) return { kind: "invalid", problems };
  const id = `${change.target_project_id ?? given.id ?? project}!${change.iid}`;
  const facts = omitUndefined<ChangeFacts>({
    project,
    number: String(change.iid),
    target: change.target_branch ?? undefined,
    status: "merged",
    openedAt,
    mergedAt,
    // A fast-forward merge makes no commit.
    mergeSha: readSha(change.merge_commit_sha) ?? null,
    headSha: readSha(change.last_commit?.id),
    headCommittedAt: parseTime(change.last_commit?.timestamp ?? ""),
    draft: change.draft ?? change.work_in_progress ?? undefined,
    // What GitLab proposes: gitlabhq app/models/merge_request.rb, `revert_title`.
    revert: /^revert\b/i.test(change.title ?? ""),
    hotfix: isHotfix(checked.value),
  });
  const version = { epoch: 0, clock: computeClock([mergedAt]), rank: 1 };
  const identity = { provider: "gitlab", source, id: identify(change.target ?? given, id) };
  return { kind: "code", codeEvents: [{ kind: "change", ...identity, version, facts }] };
}

/** By a label that says so, or by a branch called `hotfix/…` or `hotfix-…`. */
function isHotfix({ object_attributes: change, labels }: MergeRequestHook): boolean {
  const titles = Array.isArray(labels)
    ? (labels as readonly unknown[]).map((label) => readText(readMember(label, "title")))
    : [];
  return (
    /^hot-?fix(?:$|[-/_])/i.test(change.source_branch ?? "") ||
    titles.some((title) => /\bhot-?fix\b/i.test(title ?? ""))
  );
}
