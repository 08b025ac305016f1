import type { RollupRow } from "../core/snapshot.ts";
import { formatDecimal } from "./format.ts";

/** What a histogram family writes in each of its series. */
export interface HistogramShape {
  /** Where a bucket's line begins: everything before its own `le`. */
  opening(labels: string): string;
  /** From `le` to the value, per bucket; ASCII. */
  readonly endings: readonly string[];
  /** The index of the bucket that carries the exemplar (-1: none) and the exemplar's text. */
  exemplar(row: RollupRow): Linked;
  /** The lines after the buckets. */
  closing(labels: string, row: RollupRow, count: number): string;
}

export interface Linked {
  readonly bucket: number;
  readonly text: string;
}

/** A piece of an exposition; large ones are rendered as bytes, because a scraper gets bytes. */
export type Chunk = string | Buffer;

interface Scratch {
  bytes: Buffer;
  at: number;
}

/** Bytes of the first and the largest chunk: a family may have one series or thousands, so chunks grow. */
const [smallest, largest] = [1 << 14, 1 << 19];
const lineFeed = 0x0a;
const zero = 0x30;
const none = new Uint8Array();

/**
 * The series of a histogram family as text. Most of a scrape is the same long label text in front of sixteen short
 * endings, so it is written as bytes: the beginning of the first line is copied, not put together again. Appending
 * strings line by line takes about twice as long (bench/exposition.ts).
 */
export function* renderHistograms(
  series: Iterable<readonly [string, RollupRow]>,
  shape: HistogramShape,
): Generator<Buffer> {
  const endings = shape.endings.map((ending) => new Uint8Array(Buffer.from(ending)));
  const scratch: Scratch = { bytes: Buffer.allocUnsafe(smallest), at: 0 };
  for (const [labels, row] of series) {
    const opening = shape.opening(labels);
    const linked = shape.exemplar(row);
    // UTF-8 takes at most three bytes for a code unit; no ending with its number is longer than 64.
    yield* reserve(scratch, 3 * linked.text.length + endings.length * (3 * opening.length + 64));
    const from = scratch.at;
    put(scratch, opening);
    const count = putBuckets(scratch, from, endings, row, linked);
    const closing = shape.closing(labels, row, count);
    yield* reserve(scratch, 3 * closing.length);
    put(scratch, closing);
  }
  yield scratch.bytes.subarray(0, scratch.at);
}

/** Writes the lines of the buckets; the beginning of the first line is at `from` already. Returns the last value. */
function putBuckets(
  scratch: Scratch,
  from: number,
  endings: readonly Uint8Array[],
  row: RollupRow,
  linked: Linked,
): number {
  const { bytes, at: to } = scratch;
  let at = to;
  let count = 0;
  for (let i = 0; i < endings.length; i++) {
    if (i > 0) {
      bytes.copyWithin(at, from, to);
      at += to - from;
    }
    // A loop, because for a dozen bytes a call into the runtime costs more than they do.
    const ending = endings[i] ?? none;
    for (let j = 0; j < ending.length; j++) bytes[at++] = ending[j] ?? 0;
    count += row.buckets[i] ?? 0;
    at = putCount(bytes, at, count);
    if (i === linked.bucket) {
      scratch.at = at;
      put(scratch, linked.text);
      at = scratch.at;
    }
    bytes[at++] = lineFeed;
  }
  scratch.at = at;
  return count;
}

/** Returns where the next byte goes. */
function putCount(bytes: Buffer, at: number, count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > 0x7fffffff) return at + bytes.write(formatDecimal(count), at);
  let end = at + 1;
  for (let rest = count; rest > 9; rest = (rest / 10) | 0) end++;
  let rest = count;
  for (let i = end - 1; i >= at; i--) {
    bytes[i] = zero + (rest % 10);
    rest = (rest / 10) | 0;
  }
  return end;
}

function put(scratch: Scratch, text: string): void {
  scratch.at += scratch.bytes.write(text, scratch.at);
}

/** Makes room for this many bytes: when there is too little, it yields what is written so far. */
function* reserve(scratch: Scratch, bytes: number): Generator<Buffer> {
  if (scratch.at + bytes <= scratch.bytes.length) return;
  yield scratch.bytes.subarray(0, scratch.at);
  scratch.bytes = Buffer.allocUnsafe(Math.max(bytes, Math.min(2 * scratch.bytes.length, largest)));
  scratch.at = 0;
}
