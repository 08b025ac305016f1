import type { Result } from "../../core/model.ts";

/**
 * What a delivery is about. `completed` knows the build's end; `finalized` comes after it and has only the moment at
 * which it was sent.
 */
type Phase = "queued" | "started" | "completed" | "finalized";

export interface Meaning {
  readonly phase: Phase;
  /** The build's status where it has ended, else the phase; as the sender spelt it. */
  readonly nativeStatus: string;
  /** `null`: the build has not ended, or how it ended is not understood. */
  readonly result: Result | null;
  /** What is not known of the words that were sent; nothing is counted on a guess. */
  readonly problems: readonly string[];
}

/**
 * `FINISHED` is what versions up to 1.5 called `FINALIZED`; `NONE` is the plugin's placeholder for "somewhere in the
 * build". https://plugins.jenkins.io/notification/ and Phase.java in https://github.com/jenkinsci/notification-plugin
 */
const phases: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ["QUEUED", "queued"],
  ["STARTED", "started"],
  ["NONE", "started"],
  ["COMPLETED", "completed"],
  ["FINALIZED", "finalized"],
  ["FINISHED", "finalized"],
]);

/**
 * https://javadoc.jenkins.io/hudson/model/Result.html; `FAILED` is how sibling plugins spell `FAILURE`. Jenkins has no
 * status of its own for a build that ran out of time: that one is `ABORTED`.
 */
const results: ReadonlyMap<string, Result> = new Map<string, Result>([
  ["SUCCESS", "success"],
  ["UNSTABLE", "failure"],
  ["FAILURE", "failure"],
  ["FAILED", "failure"],
  ["ABORTED", "cancellation"],
  ["NOT_BUILT", "skip"],
]);

/**
 * A phase that ends a build but has no status comes from `notifyEndpoints` in the middle of one: it has not ended.
 * `undefined`: the phase is not known, so nobody knows what the delivery says.
 */
export function meaningOf(said: { phase: string; status: string }): Meaning | undefined {
  const phase = phases.get(said.phase.trim().toUpperCase());
  if (phase === undefined) return undefined;
  const ends = phase === "completed" || phase === "finalized";
  if (!ends) return { phase, nativeStatus: said.phase, result: null, problems: [] };
  if (said.status === "") return { phase: "started", nativeStatus: said.phase, result: null, problems: [] };
  const result = results.get(said.status.trim().toUpperCase().replaceAll(" ", "_")) ?? null;
  const problems = result === null ? [`build.status is not known: ${JSON.stringify(said.status.slice(0, 60))}`] : [];
  return { phase, nativeStatus: said.status, result, problems };
}
