import type { CompletionFacts } from "./completion.ts";
import type { Increment } from "./increment.ts";
import { isCarriedOver } from "./job-end.ts";
import { labelSeconds, type JobLabels } from "./job-labels.ts";
import type { JobFacts, Moments } from "./model.ts";
import type { RunResult } from "./states.ts";

/** What is known of the cause of a job's work when the job ends: a part of the causes of the insight `waste`. */
type EndCause = "useful" | "infra" | "cancelled";

/**
 * The work of a job that ended, in milliseconds, as an increment; `undefined` where it has none. Only what the delivery of its end states
 * decides, so the totals do not depend on the order of deliveries.
 */
export function countSeconds(
  labels: JobLabels,
  { queuedAt, facts }: Moments & { readonly facts: Partial<JobFacts> },
  { result, finishedAt, durationSeconds }: CompletionFacts,
): Increment | undefined {
  if (durationSeconds === null || durationSeconds < 0) return undefined;
  if (isCarriedOver({ queuedAt: queuedAt ?? null, finishedAt })) return undefined;
  return {
    metric: "jobSeconds",
    labels: labelSeconds(labels, facts.runnerClass ?? "", findEndCause(result)),
    count: Math.round(durationSeconds * 1000),
  };
}

function findEndCause(result: RunResult): EndCause {
  if (result === "error") return "infra";
  return result === "cancellation" ? "cancelled" : "useful";
}
