import type { NativeState } from "../native-state.ts";
import type { RunResult } from "../../core/states.ts";

/**
 * The phase that a delivery reports. `completed` has the build's end; `finalized` comes after it and has only the moment at
 * which it was sent.
 */
type Phase = "queued" | "started" | "completed" | "finalized";

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
 * Within a build the later phase wins. The timestamp of COMPLETED is never earlier than that of STARTED, because it is start +
 * duration.
 */
export const ranks: Readonly<Record<Phase, number>> = { queued: 1, started: 2, completed: 3, finalized: 4 };

/**
 * https://javadoc.jenkins.io/hudson/model/RunResult.html; `FAILED` is how other plugins spell `FAILURE`. Jenkins has no status of its
 * own for a build that ran out of time: that one is `ABORTED`.
 */
const results: ReadonlyMap<string, RunResult> = new Map<string, RunResult>([
  ["SUCCESS", "success"],
  ["UNSTABLE", "failure"],
  ["FAILURE", "failure"],
  ["FAILED", "failure"],
  ["ABORTED", "cancellation"],
  ["NOT_BUILT", "skip"],
]);

/**
 * The state of a build. Its native status is the build's status where it has ended, else the phase. A phase that ends a build but
 * has no status is sent by `notifyEndpoints` in the middle of one: that build has not ended. `undefined`: the phase is unknown.
 */
export function interpretStatus(fields: { readonly phase: string; readonly status: string }): NativeState | undefined {
  const phase = phases.get(fields.phase.trim().toUpperCase());
  if (phase === undefined) return undefined;
  const nativeStatus = fields.phase;
  if (phase === "queued") return { state: "pending", result: null, nativeStatus, rank: ranks.queued };
  if (phase === "started" || fields.status === "")
    return { state: "executing", result: null, nativeStatus, rank: ranks.started };
  const result = results.get(fields.status.trim().toUpperCase().replaceAll(" ", "_")) ?? null;
  return { state: "finished", result, nativeStatus: fields.status, rank: ranks[phase] };
}

/** The problem of a finished build with an unknown status: a version that supports it counts the build by a replay. */
export function findUnknownStatus({ state, result, nativeStatus }: NativeState): string[] {
  if (state !== "finished" || result !== null) return [];
  return [`build.status is unknown: ${JSON.stringify(nativeStatus.slice(0, 60))}`];
}
