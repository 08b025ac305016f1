import type { Entry } from "../../delivery.ts";

/** An entry for a recorder: the object itself, or its JSON. */
export type EncodedEntry = Entry | string;

/** Encodes an entry as JSON: cloning hundreds of small objects from thread to thread costs more than writing and reading JSON. */
export function encodeEntry({ delivery, observations, part }: Entry): string {
  return JSON.stringify(part === undefined ? { delivery, observations } : { delivery, observations, part });
}

export function decodeEntry(encoded: EncodedEntry): Entry {
  return typeof encoded === "string" ? (JSON.parse(encoded) as Entry) : encoded;
}
