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

/** The texts of a list, sorted and joined by commas; `undefined` without any. */
export function joinTexts(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = (value as readonly unknown[]).flatMap((one) => readName(one) ?? []);
  return texts.length === 0 ? undefined : texts.length === 1 ? texts[0] : texts.toSorted().join(",");
}
