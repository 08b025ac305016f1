import { createHash } from "node:crypto";
import type { CodeEvent } from "./code-event.ts";
import type { Moments, Observation, Version } from "./model.ts";
import { acceptTime, limitVersion, type Part } from "./sender-clock.ts";
import { cleanText, cutText } from "./clean-text.ts";
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
  return `${cutText(text, idMax - 65).toWellFormed()}#${hash}`;
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

/**
 * How a fact is cleaned that is neither a plain text nor a number of seconds.
 * `identity`: a text that is indexed; an entry of a PostgreSQL index has room for two texts of 255 characters, not for any length.
 * `document`: JSON that an adapter wrote. `time`: left out where it cannot be right. `end`: `null` then, since there is an end at an
 * unknown time. `code`: any whole number.
 */
type Rule = "identity" | "document" | "count" | "time" | "end" | "code";

const fieldsByRule: Readonly<Record<Rule, readonly string[]>> = {
  identity: ["project", "pipeline", "parent", "restartOf", "environment", "after"],
  document: ["detail", "graph"],
  count: ["retries", "attempt", "retriesBefore", "commitCount"],
  time: ["committedAt", "gatedAt", "gateOpenedAt", "createdAt", "startedAt", "openedAt", "mergedAt", "headCommittedAt"],
  end: ["finishedAt"],
  code: ["exitCode"],
};

/** By field: one look-up for each of the hundreds of facts of a delivery. */
const rules: ReadonlyMap<string, Rule> = new Map(
  (Object.keys(fieldsByRule) as Rule[]).flatMap((rule) => fieldsByRule[rule].map((field) => [field, rule] as const)),
);
const documentMax = 8192;

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
  if (value === null || typeof value === "boolean") return value;
  const rule = rules.get(field);
  if (typeof value === "string") {
    if (rule === undefined) return cleanText(value);
    return rule === "identity" ? cleanId(value) : cleanText(value, rule === "document" ? documentMax : undefined);
  }
  if (typeof value === "number") return cleanNumber(rule, value, receivedAt);
  return Array.isArray(value) ? limitList(value) : value;
}

function cleanNumber(rule: Rule | undefined, value: number, receivedAt: Millis): number | null | undefined {
  if (rule === "end") return acceptTime(value, receivedAt) ?? null;
  if (rule === "time") return acceptTime(value, receivedAt);
  if (rule === "count") return acceptCount(value);
  if (rule === "code") return Number.isSafeInteger(value) ? value : undefined;
  // Adding 0 turns -0 into 0: only one of the two engines stores them differently.
  return value >= 0 && value <= plausibleSecondsMax ? value + 0 : null;
}
