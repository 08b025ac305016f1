import type { Millis } from "../../core/time.ts";
import type { PaintedCell } from "./table.ts";

/** JSON of the read API: every field may be missing in the answer of another version. */
export type Item = Readonly<Record<string, unknown>>;

export function getString(item: Item, field: string): string {
  const value = item[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function getNumber(item: Item, field: string): number | undefined {
  const value = item[field];
  return typeof value === "number" ? value : undefined;
}

export function getItems(item: Item, field: string): readonly Item[] {
  const value = item[field];
  return Array.isArray(value) ? value.filter((one) => isItem(one)) : [];
}

export function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `4 s`, `1 min 3 s`, `2 h 5 min`, `3 d 4 h`; `-` for an unknown time. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return "-";
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 && seconds % 1 !== 0 ? seconds.toFixed(1) : whole} s`;
  const [minutes, hours, days] = [Math.floor(whole / 60), Math.floor(whole / 3600), Math.floor(whole / 86_400)];
  if (hours === 0) return join(minutes, "min", whole % 60, "s");
  return days === 0 ? join(hours, "h", minutes % 60, "min") : join(days, "d", hours % 24, "h");
}

function join(greater: number, unit: string, less: number, lesser: string): string {
  return `${greater} ${unit}${less === 0 ? "" : ` ${less} ${lesser}`}`;
}

/** How long ago: `just now`, `12 min`, `3 h`, `2 d`; `never` without a time. */
export function formatAge(time: string, now: Millis): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return "never";
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 60) return "just now";
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (minutes < 60) return `${minutes} min ago`;
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

export function formatShare(share: number | undefined): string {
  return share === undefined ? "-" : `${(share * 100).toFixed(1)} %`;
}

/** `1 run`, `1,234 runs`. */
export function countNoun(count: number | undefined, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 1234567 → 1,234,567 */
export function formatCount(count: number | undefined): string {
  return count === undefined ? "-" : String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

const signs: Readonly<Record<string, string>> = {
  success: "✓",
  failure: "✗",
  error: "✗",
  timeout: "✗",
  cancellation: "–",
  skip: "–",
};

/** The result of a run or job, or its state while it has none: a sign and the word, in a colour. */
export function formatResult(item: Item): PaintedCell {
  const [result, state] = [getString(item, "result"), getString(item, "state")];
  if (result === "") return { text: `… ${state || "unknown"}`, colour: "yellow" };
  return {
    text: `${signs[result] ?? "?"} ${result}`,
    colour: result === "success" ? "green" : isFailure(item) ? "red" : "faint",
  };
}

export function isFailure(item: Item): boolean {
  return ["failure", "error", "timeout"].includes(getString(item, "result"));
}
