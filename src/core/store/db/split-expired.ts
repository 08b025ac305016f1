import { dayMillis, type Millis } from "../../time.ts";
import type { Partition } from "./partitions.ts";

/** Ids from `firstId` on and below `endId`. */
export type PartitionRange = Pick<Partition, "firstId" | "endId">;

/** How retention deletes what came before a moment. Without partitions: all of it row by row. */
export interface ToDelete {
  /** Months that are over for retention: dropped whole. */
  readonly dropped: readonly Partition[];
  /** Rows before this moment are deleted row by row. It is when the oldest month that stays began, or the moment itself. */
  readonly rowsBefore: Millis;
  /** Ids of no month that stays: what was kept of dropped months, and what came while a partition was missing. */
  readonly outside: readonly PartitionRange[];
}

/**
 * A month is dropped a day after all of it has expired, and none of its rows is deleted before: there would be nothing left to
 * drop. The day is for runs that were under way when the month ended.
 */
export function splitExpired(partitions: readonly Partition[], before: Millis): ToDelete {
  const dropped = partitions.filter(({ end }) => end + dayMillis <= before);
  const left = partitions.slice(dropped.length);
  const rowsBefore = Math.min(before, left[0]?.begin ?? before);
  return { dropped, rowsBefore, outside: rowsBefore < before ? listRangesBetween(left) : [] };
}

function listRangesBetween(partitions: readonly Partition[]): PartitionRange[] {
  const firstIds = [...partitions.map(({ firstId }) => firstId), Number.MAX_SAFE_INTEGER];
  const endIds = [0, ...partitions.map(({ endId }) => endId)];
  const ranges = firstIds.map((endId, i) => ({ firstId: endIds[i] ?? 0, endId }));
  return ranges.filter(({ firstId, endId }) => firstId < endId);
}
