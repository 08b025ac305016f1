import { lowestVersion, type Moments, type RefKind, type Version } from "./model.ts";
import type { Millis } from "./time.ts";

/**
 * The observations of one run or one job, folded into one state. `versions` holds the version of each field where it differs
 * from `version`, so most rows have none.
 */
export interface Folded<F> {
  readonly version: Version;
  readonly facts: Partial<F>;
  readonly versions: Partial<Record<keyof F, Version>> | undefined;
  /** Earliest moments of the epoch in `version`; those of an earlier epoch are gone. */
  readonly queuedAt: Millis | undefined;
  readonly startedAt: Millis | undefined;
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareVersions(a: Version, b: Version): number {
  return a.epoch - b.epoch || a.clock - b.clock || a.rank - b.rank;
}

/** The state after a first observation. */
export function toFolded<F>(observation: { version: Version; facts: Partial<F> } & Moments): Folded<F> {
  return {
    version: observation.version,
    facts: observation.facts,
    versions: undefined,
    queuedAt: observation.queuedAt,
    startedAt: observation.startedAt,
  };
}

/**
 * Merges two states of the same run or job. Commutative, associative and idempotent, so deliveries may come late, twice or
 * in any order: each field keeps the value with the greatest version, moments keep the earliest of the greatest epoch, and
 * a field that one side lacks is taken from the other. Returns `a` itself when `b` adds nothing, so that a repeated
 * delivery writes nothing.
 */
export function merge<F extends object>(a: Folded<F>, b: Folded<F>): Folded<F> {
  if (isSame(a, b)) return a;
  const version = compareVersions(a.version, b.version) >= 0 ? a.version : b.version;
  const facts: { [K in keyof F]?: F[K] } = {};
  let versions: Record<keyof F, Version> | undefined;
  let news = version !== a.version;
  for (const field of listFields(a, b)) {
    const from = pick(a, b, field);
    facts[field] = from.facts[field];
    const fieldVersion = getVersion(from, field);
    news ||=
      from === b && (a.facts[field] !== b.facts[field] || compareVersions(fieldVersion, getVersion(a, field)) !== 0);
    if (compareVersions(fieldVersion, version) !== 0)
      (versions ??= {} as Record<keyof F, Version>)[field] = fieldVersion;
  }
  const queuedAt = pickEarliest(a, b, "queuedAt");
  const startedAt = pickEarliest(a, b, "startedAt");
  if (!news && queuedAt === a.queuedAt && startedAt === a.startedAt) return a;
  return { version, facts, versions, queuedAt, startedAt };
}

/** The first observation of a run is merged with itself where its completion is measured. */
function isSame<F>(a: Folded<F>, b: Folded<F>): boolean {
  const hasSameMoments = a.queuedAt === b.queuedAt && a.startedAt === b.startedAt;
  return hasSameMoments && a.facts === b.facts && a.version === b.version && a.versions === b.versions;
}

/** The fields that are stated on either side. */
function listFields<F extends object>(a: Folded<F>, b: Folded<F>): (keyof F)[] {
  const fields: (keyof F)[] = [];
  for (const field of Object.keys(a.facts) as (keyof F)[]) if (a.facts[field] !== undefined) fields.push(field);
  for (const field of Object.keys(b.facts) as (keyof F)[])
    if (b.facts[field] !== undefined && a.facts[field] === undefined) fields.push(field);
  return fields;
}

/**
 * A run in a merge queue is one of a change as well, and not every delivery shows the queue: this kind of ref wins over any other,
 * whatever the versions are; see docs/adr/0035.
 */
const finest = "merge_queue" satisfies RefKind;

function pick<F extends object>(a: Folded<F>, b: Folded<F>, field: keyof F): Folded<F> {
  const x = a.facts[field];
  const y = b.facts[field];
  if (x === undefined) return b;
  if (y === undefined) return a;
  if (field === "refKind" && (x === finest) !== (y === finest)) return x === finest ? a : b;
  const order = compareVersions(getVersion(a, field), getVersion(b, field));
  if (order !== 0) return order > 0 ? a : b;
  // Two values of one version that differ: any choice will do, as long as it does not depend on the order of the arguments.
  return JSON.stringify(x) >= JSON.stringify(y) ? a : b;
}

/** Whether a delivery about the run (or job) itself stated this field, not one that only refers to it. */
export function isStated<F>(side: Folded<F>, field: keyof F): boolean {
  return side.facts[field] !== undefined && compareVersions(getVersion(side, field), lowestVersion) > 0;
}

function getVersion<F>(side: Folded<F>, field: keyof F): Version {
  return side.versions?.[field] ?? side.version;
}

function pickEarliest<F>(a: Folded<F>, b: Folded<F>, moment: "queuedAt" | "startedAt"): Millis | undefined {
  if (a.version.epoch !== b.version.epoch) return a.version.epoch > b.version.epoch ? a[moment] : b[moment];
  const x = a[moment];
  const y = b[moment];
  if (x === undefined || y === undefined) return x ?? y;
  return Math.min(x, y);
}
