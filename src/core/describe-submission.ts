import type { Receipt, Submission } from "./delivery.ts";

/** What a receipt contains besides the outcome. */
export function describeSubmission({ delivery, clock, observations }: Submission): Omit<Receipt, "outcome"> {
  return { reason: delivery.reason, clock, url: observations[0]?.facts.url };
}
