import { createHash } from "node:crypto";
import type { RefKind, RunFacts } from "../../core/model.ts";
import { decodePercent, type Multibranch } from "./fields.ts";
import type { Notification, Scm } from "./schema.ts";

/** What a job of Jenkins is called. */
interface PipelineName {
  /** The job's path with readable names, without the branch of a multibranch project. */
  readonly pipeline: string;
  /** The last item of the path, where that is a branch, tag or pull request. */
  readonly branch: string | undefined;
}

const idMax = 255;

/**
 * The path of a build below the root of its Jenkins (`job/shop/job/main/7/`), which identifies it within a source: one source is one
 * Jenkins. The host of `full_url` is no part of it, because one delivery of a build may have `full_url` and the next may not. A path
 * that does not end in the build's number is the same for all builds of its job; then the job's path and the number are used instead.
 * `undefined`: the delivery names no build.
 */
export function findBuildPath({ url: job, build }: Notification): string | undefined {
  const { number } = build;
  const path = trimRoot(build.url || build.full_url || "");
  const [ending] = /\d+(?=\/$)/.exec(path.slice(-20)) ?? [];
  if (ending !== undefined && (typeof number !== "number" || Number(ending) === number)) return path;
  if (typeof number !== "number") return undefined;
  const base = job ? trimRoot(job) : path;
  return base === "" ? undefined : `${base}${number}/`;
}

/** An id of at most 255 characters. A longer path keeps its beginning and gets a hash, so that two builds keep different ids. */
export function nameRun(path: string): string {
  if (path.length <= idMax) return path;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 32);
  return `${path.slice(0, idMax - 33).toWellFormed()}~${hash}`;
}

/** The name of the job at `jobUrl`, or of the job to which the build at `path` belongs. */
export function namePipeline(jobUrl: string | null | undefined, path: string, multibranch: Multibranch): PipelineName {
  const items = splitItems(jobUrl ? trimRoot(jobUrl) : path.slice(0, path.lastIndexOf("/", path.length - 2) + 1));
  const last = items.at(-1) ?? "";
  const isBranch = items.length > 1 && (multibranch ?? looksLikeBranch(last));
  return {
    // Multibranch percent-encodes a branch to make a name of it, and the path encodes that name once more.
    pipeline: (isBranch ? items.slice(0, -1) : items).map(decodePercent).join("/") || withoutSlashes(path),
    branch: isBranch ? decodePercent(last) : undefined,
  };
}

/** How Branch Source plugins name the job of a change request: GitHub, Bitbucket and Gitea PR, GitLab MR. */
const changeRequest = /^(?:PR|MR)-(\d{1,15})(?:-(?:head|merge))?$/;
/** The refs that such servers keep for the same: `refs/pull/7/head`, `merge-requests/7/merge`. */
const changeRef = /^(?:refs\/)?(?:pr|pull|merge-requests|pull-requests)\/(\d{1,15})/;
const defaultBranches: ReadonlySet<string> = new Set(["main", "master"]);
const longLived: ReadonlySet<string> = new Set([...defaultBranches, "trunk", "develop", "development"]);

/**
 * No field says "multibranch". An encoded character proves it (Jenkins forbids `%` in names that people give), the name of a pull
 * request almost proves it, and the name of a long-lived branch makes it likely. A `display_name` that differs from the name is no
 * sign of it, because any job can have one.
 */
function looksLikeBranch(item: string): boolean {
  return /%[0-9A-Fa-f]{2}/.test(item) || changeRequest.test(item) || longLived.has(item);
}

/** The branch, tag or pull request of a build. Only its name shows whether it is the default branch: Jenkins never says it. */
export function findRef({ branch }: PipelineName, scm: Scm | null | undefined) {
  const built = scm?.branch ? parseScmBranch(scm.branch) : undefined;
  const sha = scm?.commit || undefined;
  if (branch === undefined) return { ...built, defaultBranch: null, sha };
  const isTag = built?.refKind === "tag" && built.ref === branch;
  const refKind: RefKind = changeRequest.test(branch) ? "merge_request" : isTag ? "tag" : "branch";
  return {
    ref: branch,
    refKind,
    change: changeRequest.exec(branch)?.[1] ?? null,
    defaultBranch: refKind === "branch" ? defaultBranches.has(branch) || null : false,
    // Jenkins reports only one checkout of a build, and in a Pipeline that may be the one of a shared library.
    sha: built === undefined || built.ref === branch ? sha : undefined,
  };
}

/** `origin/x`, `refs/remotes/origin/x`, `refs/heads/x`, `refs/tags/x`, `refs/pull/7/head`, or the bare name. */
function parseScmBranch(branch: string): Pick<RunFacts, "ref" | "refKind" | "change"> | undefined {
  if (branch === "detached") return undefined;
  const name = branch.replace(/^(?:refs\/)?remotes\/[^/]+\/|^refs\/heads\/|^origin\//, "");
  if (name.startsWith("refs/tags/")) return { ref: name.slice("refs/tags/".length), refKind: "tag", change: null };
  const [, change] = changeRequest.exec(name) ?? changeRef.exec(name) ?? [];
  return { ref: name, refKind: change === undefined ? "branch" : "merge_request", change: change ?? null };
}

/**
 * The path from the first `job/` on, without the query and with one slash at the end. Senders made by hand use absolute addresses. A `#` or
 * `?` with a slash after it belongs to a job's name that was not encoded.
 */
function trimRoot(url: string): string {
  const whole = url.replace(/^[a-z]+:\/\/[^/]*/i, "");
  const file = whole.lastIndexOf("/") + 1;
  const path = whole.slice(0, file) + whole.slice(file).replace(/[?#].*$/s, "");
  const at = path.search(/(?<=^|\/)job\//);
  const trimmed = withoutSlashes(path.slice(Math.max(at, 0)));
  return trimmed === "" ? "" : `${trimmed}/`;
}

/** `job/org/job/shop/` → org, shop; what follows a job without `job/` (a matrix cell, a Maven module) is an item too. */
function splitItems(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  const items: string[] = [];
  for (let i = 0; i < segments.length; i++) {
    const isMarker = segments[i] === "job" && i + 1 < segments.length;
    items.push(decodePercent(segments[isMarker ? ++i : i] ?? ""));
  }
  return items;
}

/** A loop, because a pattern for the slashes at the end would need quadratic time on a long run of slashes. */
function withoutSlashes(path: string): string {
  let [from, to] = [0, path.length];
  while (path[from] === "/") from++;
  while (to > from && path[to - 1] === "/") to--;
  return path.slice(from, to);
}
