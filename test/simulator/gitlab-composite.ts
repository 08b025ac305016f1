/** A job's part in the status of its pipeline. */
export interface Part {
  readonly status: string;
  readonly allowFailure: boolean;
}

/**
 * The status that jobs make together, as GitLab computes it for stages and pipelines.
 * gitlabhq lib/gitlab/ci/status/composite.rb; `undefined`: of no jobs.
 */
export function composeStatus(parts: readonly Part[]): string | undefined {
  const set = new Set(parts.map(readPart));
  const only = (...names: readonly string[]) => [...set].every((name) => names.includes(name));
  const any = (...names: readonly string[]) => names.some((name) => set.has(name));
  if (set.size === 0) return undefined;
  if (only("skipped", "ignored")) return "skipped";
  if (only("success", "skipped", "warnings", "ignored")) return "success";
  if (only("created", "warnings", "ignored")) return "created";
  if (only("canceled", "success", "skipped", "warnings", "ignored")) return "canceled";
  if (only("pending", "created", "skipped", "warnings", "ignored")) return "pending";
  if (any("running", "pending")) return "running";
  if (any("manual")) return "manual";
  if (any("created")) return "running";
  return "failed";
}

/** gitlabhq app/models/concerns/ci/has_status.rb: PASSED_WITH_WARNINGS_STATUSES, IGNORED_STATUSES */
function readPart({ status, allowFailure }: Part): string {
  if (allowFailure && (status === "failed" || status === "canceled")) return "warnings";
  if (allowFailure && status === "manual") return "ignored";
  return status;
}

/** Seconds in which at least one of these jobs worked. gitlabhq lib/gitlab/ci/pipeline/duration.rb */
export function uniteTimes(periods: readonly (readonly [from: number, to: number])[]): number {
  let [total, end] = [0, -Infinity];
  for (const [from, to] of periods.toSorted(([a], [b]) => a - b)) {
    total += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return total;
}
