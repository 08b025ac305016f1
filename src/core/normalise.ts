import { createHash } from "node:crypto";
import type { Moments, Observation, Version } from "./model.ts";
import { acceptTime, limitVersion, type Part } from "./sender-clock.ts";
import { plausibleSecondsMax, type Millis } from "./time.ts";

const textMax = 1024;
const idMax = 255;
/** Attempts and retries beyond any that happen would only make a counter jump. */
const countMax = 1_000_000;

/** What a scrape, a log line or PostgreSQL cannot hold: control characters, and halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- naming them is the point
const suspicious = /[\u0000-\u001f\u007f\ud800-\udfff]/;
// oxlint-disable-next-line no-control-regex -- naming them is the point
const control = /[\u0000-\u001f\u007f]/g;

/** Well-formed text without control characters, of at most `max` characters. */
export function cleanText(value: string, max = textMax): string {
  if (value.length <= max && !suspicious.test(value)) return value;
  return value.slice(0, max).replace(control, "\uFFFD").toWellFormed();
}

/** A native id, or a name that stands for one, of at most 255 characters; a longer one is cut and keeps its identity in a hash. */
export function cleanId(value: string): string {
  const text = cleanText(value, Number.MAX_SAFE_INTEGER);
  if (text.length <= idMax) return text;
  const hash = createHash("sha256").update(text).digest("hex");
  return `${text.slice(0, idMax - 65).toWellFormed()}#${hash}`;
}

/**
 * An observation that nothing downstream can choke on: text is clean, numbers are finite and not negative, and times more
 * than a day ahead of `receivedAt` are dropped as the work of a wrong clock. What is clean already is not copied.
 */
export function normalise(said: Observation, receivedAt: Millis): Observation {
  const clean = normaliseAttempt(normalisePart(said, "run", said.run, receivedAt, said.jobs));
  const runs = [said];
  const jobs = said.jobs?.map((job) => normalisePart(job, "job", job.job, receivedAt, runs));
  return jobs === undefined || jobs.every((job, i) => job === said.jobs?.[i]) ? clean : { ...clean, jobs };
}

function normaliseAttempt(said: Observation): Observation {
  const completion = said.completion === undefined ? undefined : cleanId(said.completion);
  const attempt = said.attempt !== undefined && said.attempt > 0 ? countable(said.attempt) : undefined;
  return completion === said.completion && attempt === said.attempt ? said : { ...said, completion, attempt };
}

function countable(count: number): number | undefined {
  return Number.isInteger(count) && count >= 0 && count <= countMax ? count : undefined;
}

function normalisePart<P extends Moments & { readonly version: Version; readonly facts: object }>(
  said: P,
  idField: "run" | "job",
  id: string,
  receivedAt: Millis,
  related?: readonly Part[],
): P {
  const facts = cleanFacts(said.facts, receivedAt);
  const version = limitVersion(said, receivedAt, related);
  const queuedAt = acceptTime(said.queuedAt, receivedAt);
  const startedAt = acceptTime(said.startedAt, receivedAt);
  const cleaned = cleanId(id);
  const asIs =
    facts === said.facts &&
    version === said.version &&
    queuedAt === said.queuedAt &&
    startedAt === said.startedAt &&
    cleaned === id;
  return asIs ? said : { ...said, facts, version, queuedAt, startedAt, [idField]: cleaned };
}

/** What the ledger finds runs by: an entry of a PostgreSQL index has room for two such texts, not for any length. */
const identities: ReadonlySet<string> = new Set(["project", "pipeline", "parent", "restartOf"]);

/** Copies only what needs a change: nearly everything is clean, and there are a dozen jobs in a delivery. */
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
    return field === "detail" ? cleanText(value, 8192) : cleanText(value);
  }
  if (typeof value !== "number") return value;
  if (field === "retries" || field === "attempt") return countable(value);
  if (field === "finishedAt") return acceptTime(value, receivedAt) ?? null;
  // Adding 0 makes 0 of -0, which only one of the two engines keeps apart.
  return value >= 0 && value <= plausibleSecondsMax ? value + 0 : null;
}
