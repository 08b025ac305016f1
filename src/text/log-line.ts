import { showSafely } from "./terminal-text.ts";

/** Colours a level: `error` in red. */
export type PaintLevel = (level: string, text: string) => string;

/**
 * A line of the JSON log for people: `22:17:14 WARN  a message  source=gitlab reason="no token"`. The time is that of this
 * machine's zone. What others wrote cannot break the line or move the cursor. A line that is no JSON stays as it is.
 */
export function formatLogLine(line: string, paint: PaintLevel = (_, text) => text): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { level, time, msg, ...rest } = entry;
  const name = typeof level === "string" ? level : "info";
  const fields = Object.entries(rest).map(([key, value]) => `${showSafely(key)}=${formatValue(value)}`);
  const message = typeof msg === "string" ? showSafely(msg) : "";
  const head = [formatTime(time), paint(name, name.toUpperCase().padEnd(5)), message].join(" ");
  return `${[head, fields.join(" ")].filter((part) => part !== "").join("  ")}\n`;
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function formatTime(time: unknown): string {
  const at = new Date(typeof time === "string" ? time : Number.NaN);
  if (Number.isNaN(at.getTime())) return "--:--:--";
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function formatValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = showSafely(text);
  return typeof value !== "string" || /^[\w./:@-]+$/.test(text) ? shown : `"${shown.replaceAll('"', "'")}"`;
}
