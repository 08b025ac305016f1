import type { LedgerSnapshot } from "../core/snapshot.ts";
import type { Format } from "./format.ts";
import type { Chunk } from "./histogram-text.ts";
import { renderLegacy } from "./legacy.ts";
import { renderRollups } from "./rollups.ts";
import { renderCollectorSuccess, renderGauges } from "./snapshot-gauges.ts";

/** The run data of one snapshot as a part of an exposition: whole families, no end mark. */
export function renderLedger(snapshot: LedgerSnapshot, format: Format): Chunk[] {
  const { rollups } = snapshot;
  return [...renderRollups(rollups, format), renderLegacy(rollups, format), renderGauges(snapshot, format)];
}

/** The part that takes the ledger's place when the database cannot be read: an older snapshot would look like a reset. */
export function renderUnavailable(format: Format): string {
  return renderCollectorSuccess(false, format);
}

/**
 * Puts parts that share no family together into a whole exposition, to be sent one after the other: copying megabytes
 * into one buffer takes as long as reading them. OpenMetrics closes it with its end mark.
 */
export function joinExposition(parts: readonly Chunk[], format: Format): Buffer[] {
  const end = format === "openmetrics" ? ["# EOF\n"] : [];
  return [...parts, ...end].map((part) => (typeof part === "string" ? Buffer.from(part) : part));
}
