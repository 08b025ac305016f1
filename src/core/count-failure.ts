import { classifyFailed } from "./classify-failed.ts";
import type { CompletionFacts } from "./completion.ts";
import type { Exemplar, Increment } from "./increment.ts";
import { isCarriedOver } from "./job-end.ts";
import type { JobLabels } from "./job-labels.ts";
import type { JobFacts, Moments } from "./model.ts";
import { joinLabels } from "./series.ts";

const none: readonly Increment[] = [];

/**
 * The class of a job that failed, as an increment. Only what the delivery of its end states decides, not what was known of the job
 * before, so the class does not depend on the order of deliveries.
 */
export function countFailure(
  provider: string,
  { labels }: JobLabels,
  { queuedAt, facts }: Moments & { readonly facts: Partial<JobFacts> },
  { result, finishedAt }: CompletionFacts,
  exemplar: Exemplar,
): readonly Increment[] {
  if (isCarriedOver({ queuedAt: queuedAt ?? null, finishedAt })) return none;
  const { name = null, stage = null, nativeStatus = null, failureReason = null } = facts;
  const failure = { provider, name, stage, result, nativeStatus, failureReason, detail: facts };
  return [{ metric: "jobFailures", labels: joinLabels(labels, classifyFailed(failure)), count: 1, exemplar }];
}
