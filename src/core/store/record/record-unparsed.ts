import { describeSubmission } from "../../describe-submission.ts";
import { weigh } from "../../split-entry.ts";
import type { Entry, Outcome, ParseContext, Recorded, Submission } from "../../delivery.ts";
import type { UnparsedBody } from "./encode-batch.ts";

export type ParseBody = (context: ParseContext, body: Uint8Array) => Submission;

interface Steps {
  readonly parse: ParseBody;
  readonly recordEntries: (entries: readonly Entry[]) => Promise<readonly Outcome[]>;
  /** Jobs in one transaction. */
  readonly jobsMax: number;
}

/**
 * Parses the requests of a batch that are not parsed yet, and records everything in one transaction. It postpones a request
 * that cannot be parsed, because it must not fail the others, and one with too many jobs for the transaction, because the
 * ledger had only an estimate of them.
 */
export async function recordUnparsed(
  batch: readonly (Entry | UnparsedBody)[],
  { parse, recordEntries, jobsMax }: Steps,
): Promise<Recorded[]> {
  const parsed = parseBatch(batch, parse, jobsMax);
  const outcomes = await recordEntries(parsed.filter((entry) => entry !== undefined));
  let next = 0;
  return parsed.map((entry) => {
    if (entry === undefined) return "postponed";
    const outcome = outcomes[next++] as Outcome;
    return "content" in entry ? { ...describeSubmission(entry), outcome } : outcome;
  });
}

/** `undefined`: postponed. */
function parseBatch(
  batch: readonly (Entry | UnparsedBody)[],
  parse: ParseBody,
  jobsMax: number,
): (Entry | Submission | undefined)[] {
  let total = 0;
  return batch.map((item) => {
    const entry = "context" in item ? tryToParse(parse, item) : item;
    if (entry === undefined) return undefined;
    const weight = weigh(entry);
    // The ledger has weighed and split what is an entry already. Of a batch one request is taken, unless it has to be split.
    if (item !== entry && (weight - 1 > jobsMax || (total > 0 && total + weight > jobsMax))) return undefined;
    total += weight;
    return entry;
  });
}

/** `undefined`: it threw. The ledger parses it again, and rejects it with the error. */
function tryToParse(parse: ParseBody, { context, body }: UnparsedBody): Submission | undefined {
  try {
    return parse(context, body);
  } catch {
    return undefined;
  }
}
