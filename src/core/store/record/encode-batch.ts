import type { Entry, ParseContext, UnparsedRequest } from "../../delivery.ts";

/** How an entry is queued for a recorder: as it is, as JSON, or not parsed yet. */
export type EncodedEntry = Entry | string | UnparsedRequest;

/** An authentic request in the thread that parses it. */
export interface UnparsedBody {
  readonly context: ParseContext;
  readonly body: Uint8Array;
}

/** A batch as it crosses to a thread. */
export interface EncodedBatch {
  /** Entries, entries as JSON, and of each unparsed request an `EncodedContext` as JSON. */
  readonly items: readonly (Entry | string)[];
  /** The bodies of the unparsed requests, one after the other. */
  readonly bodies: Uint8Array<ArrayBuffer>;
}

interface EncodedContext {
  readonly context: ParseContext;
  readonly bytes: number;
}

/** As one text: cloning hundreds of small objects from thread to thread costs more than writing and reading JSON. */
export function encodeEntry({ delivery, observations, codeEvents, part }: Entry): string {
  return JSON.stringify({ delivery, observations, codeEvents, part });
}

/** All bodies as one buffer, which moves to the thread: cloning a body would copy the whole chunk that it was received in. */
export function encodeBatch(batch: readonly EncodedEntry[]): EncodedBatch {
  let total = 0;
  for (const entry of batch) if (isUnparsed(entry)) total += entry.body.length;
  const bodies = Buffer.allocUnsafeSlow(total);
  let end = 0;
  const items = batch.map((entry) => {
    if (!isUnparsed(entry)) return entry;
    const { context, body } = entry;
    bodies.set(body, end);
    end += body.length;
    return JSON.stringify({ context, bytes: body.length } satisfies EncodedContext);
  });
  return { items, bodies };
}

export function decodeBatch({ items, bodies }: EncodedBatch): (Entry | UnparsedBody)[] {
  let end = 0;
  return items.map((item) => {
    const decoded = typeof item === "string" ? (JSON.parse(item) as Entry | EncodedContext) : item;
    if ("delivery" in decoded) return decoded;
    const { context, bytes } = decoded;
    return { context, body: bodies.subarray(end, (end += bytes)) };
  });
}

/** The entry itself, for a recorder in this thread. */
export function decodeEntry(encoded: EncodedEntry): Entry {
  if (typeof encoded === "string") return JSON.parse(encoded) as Entry;
  return isUnparsed(encoded) ? encoded.parse() : encoded;
}

function isUnparsed(entry: EncodedEntry): entry is UnparsedRequest {
  return typeof entry !== "string" && "parse" in entry;
}
