import type { Adapter, RawRequest } from "../core/adapter.ts";
import type { ParseContext, UnparsedRequest, Submission } from "../core/delivery.ts";
import { describeQuery, pickHeaders } from "./kept-content.ts";
import { createSubmission, type SubmissionOptions } from "./submission.ts";

/** Creates the ledger's form of an authentic request that is not parsed yet. */
export function createUnparsedRequest(
  adapter: Adapter,
  request: RawRequest,
  options: Omit<SubmissionOptions, "replayOf">,
): UnparsedRequest {
  const { source, settings, keepBodies, jobsMax } = options;
  return {
    context: {
      provider: adapter.name,
      source,
      settings,
      keepBodies,
      jobsMax,
      headers: pickHeaders(request),
      query: describeQuery(request),
      receivedAt: request.receivedAt,
    },
    body: request.body,
    parse: () => createSubmission(adapter, request, options),
  };
}

/** Parses a received request in another thread, which has only its context and its body. */
export function parseBody(adapter: Adapter, context: ParseContext, body: Uint8Array): Submission {
  const { headers, query, receivedAt, ...options } = context;
  return createSubmission(adapter, { headers, query: new URLSearchParams(query), body, receivedAt }, options);
}
