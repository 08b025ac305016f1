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

/** Puts parts that share no family together into a whole exposition, as it is sent; OpenMetrics closes it with its end mark. */
export function joinExposition(parts: readonly Chunk[], format: Format): Buffer {
  const chunks = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  if (format === "openmetrics") chunks.push(Buffer.from("# EOF\n"));
  return Buffer.concat(chunks);
}
