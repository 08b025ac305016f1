import type { Entry } from "../../delivery.ts";

/** An entry on its way to a recorder: as it is, or as JSON. */
export type EncodedEntry = Entry | string;

/** As one text: cloning hundreds of small objects from thread to thread costs more than writing and reading JSON. */
export function encodeEntry({ delivery, observations, part }: Entry): string {
  return JSON.stringify(part === undefined ? { delivery, observations } : { delivery, observations, part });
}

export function decodeEntry(encoded: EncodedEntry): Entry {
  return typeof encoded === "string" ? (JSON.parse(encoded) as Entry) : encoded;
}
