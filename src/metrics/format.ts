/**
 * How names, texts and numbers are written.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export type Format = "text" | "openmetrics";

/** Matches characters that a label value cannot contain unescaped: quotes, backslashes, controls, surrogates. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** U+0000 to U+001F except the line feed: Prometheus' lexer ends the whole scrape at a NUL, and others disturb terminals. */
const controls = /[^\n -\uffff]/g;

/** True when a label value can contain the text unescaped. */
export function isPlain(text: string): boolean {
  return !special.test(text);
}

/** The text without what breaks a parser: each control character and each lone surrogate becomes U+FFFD. */
export function sanitise(text: string): string {
  return special.test(text) ? text.toWellFormed().replace(controls, "\ufffd") : text;
}

/** A label value, escaped for its place between quotes. */
export function escapeLabel(value: string): string {
  if (!special.test(value)) return value;
  return sanitise(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** The text of a HELP line; only OpenMetrics escapes quotes there. */
export function escapeHelp(text: string, format: Format): string {
  if (format === "openmetrics") return escapeLabel(text);
  return sanitise(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** A sample value: integers plain, others in the shortest form that reads back the same. */
export function formatDecimal(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** Epoch milliseconds as the seconds of both formats, fraction kept. */
export function formatSeconds(millis: number): string {
  return formatDecimal(millis / 1000);
}

/**
 * The value of an `le` or `quantile` label. OpenMetrics wants one canonical form per number, that of Go's `%g` with a
 * `.0` where nothing else shows a float, so that a bucket keeps its identity whichever client wrote it.
 */
export function formatBound(value: number, format: Format): string {
  if (format === "text" || !Number.isFinite(value)) return formatDecimal(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const sign = power < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
