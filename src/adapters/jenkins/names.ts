import { createHash } from "node:crypto";
import type { RefKind } from "../../core/model.ts";
import { percentDecoded } from "./percent.ts";
import type { Notification, Scm } from "./schema.ts";

/** Where in Jenkins a build belongs. */
export interface Place {
  /** The job's path with readable names, without the branch of a multibranch project. */
  readonly project: string;
  /** The last item of the path, where that is a branch, tag or pull request. */
  readonly branch: string | undefined;
}

/** What `?multibranch=` of the endpoint's URL says; without it the path has to tell. */
export type Multibranch = boolean | undefined;

const idMax = 255;

/**
 * The build's path below the root of its Jenkins (`job/shop/job/main/7/`), which is its identity within a source: one
 * source is one Jenkins. `full_url` is no part of it, because a build may have it in one delivery and lack it in the
 * next. A path that does not end in the build's number is that of all builds of its job, so then the job's path and the
 * number stand for it. `undefined`: the delivery names no build.
 */
export function buildPath({ url: job, build }: Notification): string | undefined {
  const { number } = build;
  const path = belowRoot(build.url || build.full_url || "");
  const [ending] = /\d+(?=\/$)/.exec(path.slice(-20)) ?? [];
  if (ending !== undefined && (typeof number !== "number" || Number(ending) === number)) return path;
  if (typeof number !== "number") return undefined;
  const base = job ? belowRoot(job) : path;
  return base === "" ? undefined : `${base}${number}/`;
}

/** An id of at most 255 characters: a longer one keeps its beginning and gets a hash, so that two stay two. */
export function runId(path: string): string {
  if (path.length <= idMax) return path;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 32);
  return `${path.slice(0, idMax - 33).toWellFormed()}~${hash}`;
}

/** The place of the job that `url` names, or that the build's path is below. */
export function placeOf(jobUrl: string | null | undefined, path: string, multibranch: Multibranch): Place {
  const items = itemsOf(jobUrl ? belowRoot(jobUrl) : path.slice(0, path.lastIndexOf("/", path.length - 2) + 1));
  const last = items.at(-1) ?? "";
  const isBranch = items.length > 1 && (multibranch ?? looksLikeBranch(last));
  return {
    // Multibranch percent-encodes a branch to make a name of it, and the path encodes that name once more.
    project: (isBranch ? items.slice(0, -1) : items).map(percentDecoded).join("/") || withoutSlashes(path),
    branch: isBranch ? percentDecoded(last) : undefined,
  };
}

/** Branch Source plugins name the job of a change request so: GitHub, Bitbucket and Gitea PR, GitLab MR. */
const changeRequest = /^(?:PR|MR)-\d+(?:-(?:head|merge))?$/;
const defaultBranches: ReadonlySet<string> = new Set(["main", "master"]);
const longLived: ReadonlySet<string> = new Set([...defaultBranches, "trunk", "develop", "development"]);

/**
 * Nothing in a payload says "multibranch". An encoded character proves it (Jenkins forbids `%` in names that people
 * give), a pull request's name nearly so, and a long-lived branch's name makes it likely. A `display_name` that differs
 * is no sign of it: any job can be given one.
 */
function looksLikeBranch(item: string): boolean {
  return /%[0-9A-Fa-f]{2}/.test(item) || changeRequest.test(item) || longLived.has(item);
}

/** What is known of the branch. `defaultBranch` is told by its name alone: Jenkins never says which one is. */
export function refOf(place: Place, scm: Scm | null | undefined) {
  const built = scm?.branch ? refOfScm(scm.branch) : undefined;
  const sha = scm?.commit || undefined;
  if (place.branch === undefined) return { ...built, defaultBranch: null, sha };
  const isTag = built?.refKind === "tag" && built.ref === place.branch;
  const refKind: RefKind = changeRequest.test(place.branch) ? "merge_request" : isTag ? "tag" : "branch";
  return {
    ref: place.branch,
    refKind,
    defaultBranch: refKind === "branch" ? defaultBranches.has(place.branch) || null : false,
    // Jenkins reports one checkout of the build, and in a Pipeline that may be a shared library's.
    sha: built === undefined || built.ref === place.branch ? sha : undefined,
  };
}

/** `origin/x`, `refs/remotes/origin/x`, `refs/heads/x`, `refs/tags/x`, `refs/pull/7/head`, or the bare name. */
function refOfScm(branch: string): { ref: string; refKind: RefKind } | undefined {
  if (branch === "detached") return undefined;
  const name = branch.replace(/^(?:refs\/)?remotes\/[^/]+\/|^refs\/heads\/|^origin\//, "");
  if (name.startsWith("refs/tags/")) return { ref: name.slice("refs/tags/".length), refKind: "tag" };
  const isChange = changeRequest.test(name) || /^(?:refs\/)?(?:pr|pull|merge-requests|pull-requests)\/\d+/.test(name);
  return { ref: name, refKind: isChange ? "merge_request" : "branch" };
}

/**
 * From the first `job/` on, without query and with one slash at the end; hand-made senders have absolute addresses. A `#` or
 * `?` with a slash after it is part of a job's name that nobody encoded.
 */
function belowRoot(url: string): string {
  const whole = url.replace(/^[a-z]+:\/\/[^/]*/i, "");
  const file = whole.lastIndexOf("/") + 1;
  const path = whole.slice(0, file) + whole.slice(file).replace(/[?#].*$/s, "");
  const at = path.search(/(?<=^|\/)job\//);
  const trimmed = withoutSlashes(path.slice(Math.max(at, 0)));
  return trimmed === "" ? "" : `${trimmed}/`;
}

/** `job/org/job/shop/` → org, shop; what follows a job without `job/` (a matrix cell, a Maven module) is an item too. */
function itemsOf(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  const items: string[] = [];
  for (let i = 0; i < segments.length; i++) {
    const isMarker = segments[i] === "job" && i + 1 < segments.length;
    items.push(percentDecoded(segments[isMarker ? ++i : i] ?? ""));
  }
  return items;
}

/** By hand: a pattern for the slashes at the end would look at each run of slashes once for each of them. */
function withoutSlashes(path: string): string {
  let [from, to] = [0, path.length];
  while (path[from] === "/") from++;
  while (to > from && path[to - 1] === "/") to--;
  return path.slice(from, to);
}
