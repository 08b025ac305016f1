import { cleanText } from "./clean-text.ts";

/** Entries that are kept of a list of steps or tries. */
const entriesMax = 5;
/** Characters of a text in such an entry. With five steps and five tries a row stays at about 1,000 characters. */
const textMax = 50;

/** Limits the steps or the tries of a job: how many there are, and every text and number in them. What fits is not copied. */
export function limitList(list: readonly unknown[]): readonly unknown[] {
  const fits = list.length <= entriesMax && list.every((entry) => Array.isArray(entry) && entry.every(isLimited));
  if (fits) return list;
  return list.slice(0, entriesMax).flatMap((entry) => (Array.isArray(entry) ? [entry.map(limit)] : []));
}

function isLimited(value: unknown): boolean {
  return Object.is(limit(value), value);
}

function limit(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value, textMax);
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  return null;
}
