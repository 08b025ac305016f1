import type { Millis } from "../core/time.ts";
import { withoutEmails } from "./redact.ts";
import { parseTime } from "./time.ts";

/**
 * Readers for fields that only add something to a run or job. Schemas leave them unchecked: a delivery whose runs and jobs are
 * understood must not become a dead letter because of them.
 */

/** A member of what may be an object. */
export function readMember(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The entries of what may be a list. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A time in any form that senders use. */
export function readMoment(value: unknown): Millis | undefined {
  const text = readText(value);
  return text === undefined ? undefined : parseTime(text);
}

/** A text that people chose, such as a tag or the name of an environment: without e-mail addresses, and not empty. */
export function readName(value: unknown): string | undefined {
  const text = readText(value);
  return text?.includes("@") === true ? withoutEmails(text) : text;
}

/** A text that is not empty. */
export function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A native id as a text. */
export function readId(value: unknown): string | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? String(value) : readText(value);
}

/** A cache of joined lists: the jobs of all deliveries have a few lists of tags. It is bounded, because senders choose them. */
const joined = new Map<string, string>();
const joinedMax = 1000;

/** The texts of a list, sorted and joined by commas; `undefined` without any. */
export function joinTexts(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) return undefined;
  const key = value.join("\u0000");
  const cached = joined.get(key);
  if (cached !== undefined) return cached;
  const texts = value.flatMap((one) => readName(one) ?? []).toSorted();
  if (texts.length === 0) return undefined;
  if (joined.size >= joinedMax) joined.clear();
  const list = texts.join(",");
  joined.set(key, list);
  return list;
}
