import { hash } from "node:crypto";
import type { Adapter, Parsed, RawRequest, SourceSettings } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import { cleanText } from "../core/clean-text.ts";
import type { CodeEvent } from "../core/code-event.ts";
import { normalise, normaliseCodeEvent } from "../core/normalise.ts";
import { findClockAnomaly } from "../core/sender-clock.ts";
import { keepContent } from "./kept-content.ts";
import type { Observation } from "../core/model.ts";
import type { Delivery, DeliveryOutcome, Submission } from "../core/delivery.ts";

/** Characters of a reason that are stored. */
const reasonMax = 500;

export interface SubmissionOptions {
  readonly source: string;
  readonly keepBodies: boolean;
  /** What the operator chose for the source. */
  readonly settings?: SourceSettings | undefined;
  /** Jobs that one delivery may contain. Default: any number. */
  readonly jobsMax?: number | undefined;
  /** The key of the stored delivery that is sent through again. */
  readonly replayOf?: string;
}

/** Creates the ledger's submission of an authentic request. Throws `unsupported` only for a format that the provider never sends. */
export function createSubmission(adapter: Adapter, request: RawRequest, options: SubmissionOptions): Submission {
  const parsed = parse(adapter, request, options);
  // A stored delivery has no sender to which a status could be sent.
  if (parsed.kind === "unsupported" && options.replayOf === undefined) throw new AppError("unsupported", parsed.reason);
  const outcome = toOutcome(parsed);
  const content = () =>
    keepContent(
      adapter,
      request,
      (kept) => outcome !== "dead_letter" || toOutcome(parse(adapter, kept, options)) === outcome,
    );
  const observations = parsed.kind === "observed" ? parsed.observations : [];
  const clock = findClockAnomaly(observations, request.receivedAt);
  const delivery: Delivery = {
    key: options.replayOf ?? createDeliveryKey(adapter, request, options.source),
    source: options.source,
    provider: adapter.name,
    outcome,
    reason: describeReason(parsed, clock?.reason),
    receivedAt: request.receivedAt,
    bytes: request.body.length,
    content: outcome === "dead_letter" || options.keepBodies ? content() : null,
    replayed: options.replayOf !== undefined,
  };
  const kept = options.settings?.keepTitles === false ? observations.map(withoutTitle) : observations;
  const clean = kept.map((observation) => normalise(observation, request.receivedAt));
  const codeEvents = getCodeEvents(parsed)?.map((event) => normaliseCodeEvent(event, request.receivedAt));
  return { delivery, content, observations: clean, codeEvents, clock: clock?.kind };
}

function withoutTitle(observation: Observation): Observation {
  const { title: _, ...facts } = observation.facts;
  return { ...observation, facts };
}

function getCodeEvents(parsed: Parsed): readonly CodeEvent[] | undefined {
  return parsed.kind === "code" || parsed.kind === "observed" ? parsed.codeEvents : undefined;
}

/** Adapters must never throw. If one does, the delivery becomes a dead letter. */
function parse(adapter: Adapter, request: RawRequest, { source, settings, jobsMax }: SubmissionOptions): Parsed {
  try {
    return boundJobs(adapter.parse(request, source, settings), jobsMax);
  } catch (error) {
    return { kind: "invalid", problems: [`the ${adapter.name} adapter failed: ${String(error).slice(0, 300)}`] };
  }
}

/** A delivery with too many jobs becomes a dead letter as a whole, to be replayed with a higher limit. */
function boundJobs(parsed: Parsed, jobsMax = Number.MAX_SAFE_INTEGER): Parsed {
  if (parsed.kind !== "observed") return parsed;
  const jobs = parsed.observations.reduce((sum, observation) => sum + (observation.jobs?.length ?? 0), 0);
  if (jobs <= jobsMax) return parsed;
  const problem = `it has ${jobs} jobs, and ${jobsMax} are taken: raise PIPEGAUGE_MAX_JOBS and call \`pipegauge replay --dead\``;
  return { kind: "invalid", problems: [problem] };
}

function toOutcome(parsed: Parsed): DeliveryOutcome {
  if (parsed.kind === "ignored") return "ignored";
  if (parsed.kind === "code") return "accepted";
  return parsed.kind === "observed" && parsed.problems === undefined ? "accepted" : "dead_letter";
}

/** Adapters may quote the sender, whose text may contain what a log line or PostgreSQL cannot hold. */
function describeReason(parsed: Parsed, clock: string | undefined): string | null {
  if (parsed.kind === "ignored" || parsed.kind === "unsupported") return cleanText(parsed.reason, reasonMax);
  const problems = parsed.kind === "code" ? [] : (parsed.problems ?? []);
  const reasons = [...problems, ...(clock === undefined ? [] : [clock])];
  return reasons.length === 0 ? null : cleanText(reasons.join("; "), reasonMax);
}

/** Identifies a delivery that is sent again: by the sender's own key where it has one, else by the body. */
function createDeliveryKey(adapter: Adapter, request: RawRequest, source: string): string {
  const own = adapter.deliveryKey(request);
  const name = own === undefined ? `body ${hash("sha256", request.body, "base64url")}` : `key ${own}`;
  return hash("sha256", `${source}\n${name}`, "base64url").slice(0, 24);
}
