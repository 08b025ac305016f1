import { createHash } from "node:crypto";
import type { CodeEvent } from "./code-event.ts";
import type { Moments, Observation, Version } from "./model.ts";
import { acceptTime, limitVersion, type Part } from "./sender-clock.ts";
import { cleanText } from "./clean-text.ts";
import { limitList } from "./limit-job-detail.ts";
import { plausibleSecondsMax, type Millis } from "./time.ts";

const idMax = 255;
/** Greatest attempt or retry number that is accepted: greater ones are wrong and would make a counter jump. */
const countMax = 1_000_000;

/** A native id, or a name used as one, of at most 255 characters; a longer one is cut and keeps its identity in a hash. */
export function cleanId(value: string): string {
  const text = cleanText(value, Number.MAX_SAFE_INTEGER);
  if (text.length <= idMax) return text;
  const hash = createHash("sha256").update(text).digest("hex");
  return `${text.slice(0, idMax - 65).toWellFormed()}#${hash}`;
}

/**
 * Makes an observation safe for everything after it: text is clean, numbers are finite and not negative, and times more
 * than a day ahead of `receivedAt` are dropped, because the sender's clock is wrong. What is clean already is not copied.
 */
export function normalise(observation: Observation, receivedAt: Millis): Observation {
  const clean = normaliseAttempt(normalisePart(observation, "run", observation.run, receivedAt, observation.jobs));
  const runs = [observation];
  const jobs = observation.jobs?.map((job) => normalisePart(job, "job", job.job, receivedAt, runs));
  return jobs === undefined || jobs.every((job, i) => job === observation.jobs?.[i]) ? clean : { ...clean, jobs };
}

function normaliseAttempt(observation: Observation): Observation {
  const completion = observation.completion === undefined ? undefined : cleanId(observation.completion);
  const attempt =
    observation.attempt !== undefined && observation.attempt > 0 ? acceptCount(observation.attempt) : undefined;
  return completion === observation.completion && attempt === observation.attempt
    ? observation
    : { ...observation, completion, attempt };
}

function acceptCount(count: number): number | undefined {
  return Number.isInteger(count) && count >= 0 && count <= countMax ? count : undefined;
}

/** The same for a code event. */
export function normaliseCodeEvent(event: CodeEvent, receivedAt: Millis): CodeEvent {
  return normalisePart(event, "id", event.id, receivedAt);
}

function normalisePart<P extends Moments & { readonly version: Version; readonly facts: object }>(
  part: P,
  idField: "run" | "job" | "id",
  id: string,
  receivedAt: Millis,
  related?: readonly Part[],
): P {
  const facts = cleanFacts(part.facts, receivedAt);
  const version = limitVersion(part, receivedAt, related);
  const queuedAt = acceptTime(part.queuedAt, receivedAt);
  const startedAt = acceptTime(part.startedAt, receivedAt);
  const cleaned = cleanId(id);
  const asIs =
    facts === part.facts &&
    version === part.version &&
    queuedAt === part.queuedAt &&
    startedAt === part.startedAt &&
    cleaned === id;
  return asIs ? part : { ...part, facts, version, queuedAt, startedAt, [idField]: cleaned };
}

/** Texts that are indexed: an entry of a PostgreSQL index has room for two texts of 255 characters, not for any length. */
const identities: ReadonlySet<string> = new Set(["project", "pipeline", "parent", "restartOf", "environment", "after"]);
/** JSON that an adapter wrote. */
const documents: ReadonlySet<string> = new Set(["detail", "graph"]);
const counts: ReadonlySet<string> = new Set(["retries", "attempt", "retriesBefore", "commitCount"]);
/** Times that are left out where they cannot be right. `finishedAt` is `null` then: it has an end, at an unknown time. */
const times: ReadonlySet<string> = new Set([
  "committedAt",
  "gatedAt",
  "gateOpenedAt",
  "createdAt",
  "startedAt",
  "openedAt",
  "mergedAt",
  "headCommittedAt",
]);

/** Copies only what needs a change, for speed: nearly everything is clean, and a delivery has a dozen jobs. */
function cleanFacts<F extends object>(facts: F, receivedAt: Millis): F {
  let clean: F | undefined;
  for (const field in facts) {
    const value = facts[field];
    const cleaned = cleanFact(field, value, receivedAt);
    if (Object.is(cleaned, value)) continue;
    clean ??= { ...facts };
    if (cleaned === undefined) delete clean[field];
    else Object.assign(clean, { [field]: cleaned });
  }
  return clean ?? facts;
}

function cleanFact(field: string, value: unknown, receivedAt: Millis): unknown {
  if (typeof value === "string") {
    if (identities.has(field)) return cleanId(value);
    return documents.has(field) ? cleanText(value, 8192) : cleanText(value);
  }
  if (Array.isArray(value)) return limitList(value);
  if (typeof value !== "number") return value;
  if (counts.has(field)) return acceptCount(value);
  if (field === "finishedAt") return acceptTime(value, receivedAt) ?? null;
  if (times.has(field)) return acceptTime(value, receivedAt);
  if (field === "exitCode") return Number.isSafeInteger(value) ? value : undefined;
  // Adding 0 turns -0 into 0: only one of the two engines stores them differently.
  return value >= 0 && value <= plausibleSecondsMax ? value + 0 : null;
}
