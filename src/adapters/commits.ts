import { parseTime } from "./time.ts";

/** A commit as a push reports it. */
interface Commit {
  readonly id?: string | null | undefined;
  readonly timestamp?: string | null | undefined;
}

/** Commits of one push that are kept: as many as fit into a fact of 1,024 characters. */
const commitsMax = 40;
const shortLength = 8;

/** The sha of a commit. `undefined` for 40 zeros, which mean that there is none, and for all other texts. */
export function readSha(text: string | null | undefined): string | undefined {
  return text && /^[0-9a-f]{7,64}$/.test(text) && !/^0+$/.test(text) ? text : undefined;
}

/**
 * The newest commits of a push, the oldest first, as JSON: the first eight digits of each, and its time in epoch seconds. Those
 * without a sha or a time are left out.
 */
export function summarizeCommits(commits: readonly (Commit | null | undefined)[]): string {
  const dated = commits.flatMap((commit) => {
    const sha = readSha(commit?.id);
    const at = commit?.timestamp ? parseTime(commit.timestamp) : undefined;
    return sha === undefined || at === undefined ? [] : [[sha.slice(0, shortLength), Math.floor(at / 1000)] as const];
  });
  return JSON.stringify(dated.slice(-commitsMax));
}
