/** One line of the table. Without a bound it is information alone. */
export interface Finding {
  readonly what: string;
  readonly value: string;
  readonly bound?: string;
  readonly ok?: boolean;
}

/** How much a run measures. `quick` is for every change, `all` adds what takes minutes. */
export interface Extent {
  readonly quick: boolean;
  readonly all: boolean;
  /** How long the soak takes. */
  readonly soakSeconds: number;
}

export function info(what: string, value: string): Finding {
  return { what, value };
}

/** A value that is not a number passes no bound. */
export function atLeast(what: string, value: number, bound: number, write: (value: number) => string): Finding {
  return { what, value: write(value), bound: `≥ ${write(bound)}`, ok: value >= bound };
}

export function atMost(what: string, value: number, bound: number, write: (value: number) => string): Finding {
  return { what, value: write(value), bound: `≤ ${write(bound)}`, ok: value <= bound };
}

export function below(what: string, value: number, bound: number, write: (value: number) => string): Finding {
  return { what, value: write(value), bound: `< ${write(bound)}`, ok: value < bound };
}

export function equal(what: string, value: number, expected: number): Finding {
  return { what, value: whole(value), bound: `= ${whole(expected)}`, ok: value === expected };
}

/** Without a bound: the reader of the figures decides whether they are good enough. */
export function disturbance(share: number): Finding {
  return info("machine's time that others took", percent(share));
}

export function ratio(value: number): string {
  return value.toFixed(2);
}

export function whole(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 0 });
}

export function perSecond(value: number): string {
  return `${whole(value)}/s`;
}

export function millis(value: number): string {
  return `${value < 10 ? value.toFixed(1) : whole(value)} ms`;
}

export function micros(value: number): string {
  return `${whole(value)} µs`;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

export function megabytes(value: number): string {
  return `${whole(value)} MB`;
}

export function percent(value: number): string {
  return `${whole(value * 100)} %`;
}

/** The middle of the values; of an even number, the mean of the two in the middle. `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN];
  return (low + high) / 2;
}

/** The median of one figure over rounds. */
export function getMedian<Figure extends string>(
  rounds: readonly Readonly<Record<Figure, number>>[],
  figure: Figure,
): number {
  return median(rounds.map((round) => round[figure]));
}

/** The middle of the values, and the least and the greatest of them. */
export function spread(values: readonly number[], write: (value: number) => string): string {
  return `${write(median(values))} (${write(Math.min(...values))} to ${write(Math.max(...values))})`;
}

/** Findings under the names of their parts, in columns. */
export function table(parts: readonly { readonly name: string; readonly findings: readonly Finding[] }[]): string {
  const rows = parts.flatMap(({ name, findings }) =>
    findings.map(({ what, value, bound = "", ok }) => [name, what, value, bound, ok === undefined ? "" : mark(ok)]),
  );
  const all = [["part", "what", "value", "bound", "ok"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const right = new Set([2, 3]);
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ");
  return all.map((row) => line(row).trimEnd()).join("\n");
}

function mark(ok: boolean): string {
  return ok ? "yes" : "NO";
}
