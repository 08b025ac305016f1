import type { LedgerSnapshot } from "../core/snapshot.ts";
import type { Format } from "./format.ts";
import type { Chunk } from "./histogram-text.ts";
import { renderLegacy } from "./legacy.ts";
import { renderRollups } from "./rollups.ts";
import { renderCollectorSuccess, renderGauges } from "./snapshot-gauges.ts";

/** The run data of one snapshot as a part of an exposition: whole families, no end mark. */
export function* renderLedger(snapshot: LedgerSnapshot, format: Format): Generator<Chunk> {
  yield* renderRollups(snapshot.rollups, format);
  yield renderLegacy(snapshot.rollups, format);
  yield* renderGauges(snapshot, format);
}

/** The part that takes the ledger's place when the database cannot be read: an older snapshot would look like a reset. */
export function renderUnavailable(format: Format): string {
  return renderCollectorSuccess(false, format);
}

/** Smaller chunks are joined before they are sent. Bytes. */
const minChunkBytes = 1 << 16;

/**
 * Joins parts that share no family into a whole exposition, in chunks that are rendered while they are sent, so that neither
 * time nor memory is needed for all of them at once. In OpenMetrics it ends with `# EOF`.
 */
export function* joinExposition(parts: Iterable<Chunk>, format: Format): Generator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for (const part of parts) {
    const piece = typeof part === "string" ? Buffer.from(part) : part;
    if (piece.length < minChunkBytes) {
      small.push(piece);
      bytes += piece.length;
    }
    if (small.length > 0 && (bytes >= minChunkBytes || piece.length >= minChunkBytes)) {
      yield Buffer.concat(small);
      [small, bytes] = [[], 0];
    }
    if (piece.length >= minChunkBytes) yield piece;
  }
  if (format === "openmetrics") small.push(Buffer.from("# EOF\n"));
  yield Buffer.concat(small);
}
