import type { Parsed } from "../../core/adapter.ts";
import { lowestVersion } from "../../core/model.ts";
import { readSha, summarizeCommits } from "../commits.ts";
import { checkPush } from "./code-schema.ts";
import { nameOnHost } from "./fields.ts";

const branches = "refs/heads/";

/**
 * A push to the default branch. `before` and `after` of these pushes form a chain, by which the commits between two deployed ones
 * are found. Pushes to other branches and of tags are many, and no answer needs them.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
export function parsePush(body: unknown, source: string): Parsed {
  const checked = checkPush(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { ref, repository, forced, deleted, commits } = checked.value;
  const branch = ref.startsWith(branches) ? ref.slice(branches.length) : undefined;
  if (branch === undefined) return { kind: "ignored", reason: "push of something else than a branch" };
  if (branch !== repository.default_branch)
    return { kind: "ignored", reason: "push to a branch that is not the default branch" };
  const [before, after] = [readSha(checked.value.before), readSha(checked.value.after)];
  if (deleted === true) return { kind: "ignored", reason: "push that deletes a branch" };
  if (after === undefined) return { kind: "invalid", problems: ["after is not the sha of a commit"] };
  const facts = {
    project: repository.full_name,
    ref: branch,
    defaultBranch: true,
    before: before ?? null,
    after,
    forced: forced === true,
    commitCount: commits?.length ?? 0,
    commits: summarizeCommits(commits ?? []),
  };
  // Nothing changes a push after it was sent, so its statements need no order.
  const id = nameOnHost(`${repository.full_name}:${branch}:${before ?? ""}..${after}`, repository);
  return {
    kind: "code",
    codeEvents: [{ kind: "push", provider: "github", source, id, version: lowestVersion, facts }],
  };
}
