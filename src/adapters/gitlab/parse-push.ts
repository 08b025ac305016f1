import type { Parsed } from "../../core/adapter.ts";
import type { PushFacts } from "../../core/code-event.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { readSha, summarizeCommits } from "../commits.ts";
import { readMember, readText } from "../optional-fields.ts";
import { parseTime } from "../time.ts";
import { identify, nameCodeProject } from "./code-project.ts";
import { checkPushHook } from "./code-schema.ts";
import { computeClock } from "./timing.ts";

/**
 * A Push Hook of the default branch. Other branches are deployed by way of it, and make most of the pushes. GitLab sends the 20
 * newest commits, the oldest first (gitlabhq lib/gitlab/data_builder/push.rb), and no hook when one push changes more than three
 * branches.
 */
export function parsePushHook(body: object, source: string): Parsed {
  const branch = /^refs\/heads\/(.+)$/.exec(readText(readMember(body, "ref")) ?? "")?.[1];
  if (branch === undefined || branch !== readMember(readMember(body, "project"), "default_branch"))
    return { kind: "ignored", reason: "only pushes to the default branch are stored" };
  const checked = checkPushHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const hook = checked.value;
  const after = readSha(hook.after);
  if (after === undefined) return { kind: "ignored", reason: "the push deletes the branch" };
  const project = nameCodeProject(hook.project);
  if (project === "")
    return { kind: "invalid", problems: ["project.path_with_namespace is missing, and project.web_url as well"] };
  const before = readSha(hook.before) ?? null;
  const commits = hook.commits ?? [];
  const facts = omitUndefined<PushFacts>({
    project,
    ref: branch,
    defaultBranch: true,
    before,
    after,
    commitCount: hook.total_commits_count ?? undefined,
    commits: summarizeCommits(commits),
  });
  const id = `${hook.project_id ?? hook.project.id ?? project}/${before ?? ""}..${after}`;
  const identity = { provider: "gitlab", source, id: identify(hook.project, id) };
  const version = { epoch: 0, clock: computeClock([parseTime(commits.at(-1)?.timestamp ?? "") ?? null]), rank: 1 };
  return { kind: "code", codeEvents: [{ kind: "push", ...identity, version, facts }] };
}
