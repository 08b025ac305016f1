import type { MetricDefinition } from "./definitions.ts";
import { formatDecimal, escapeHelp, escapeLabel, isPlain, type Format } from "./format.ts";

const units = ["seconds", "bytes"];

/** What a family's metadata lines say; `type` as the format spells it. */
export type Metadata = Pick<MetricDefinition, "name" | "help"> & { readonly type: string };

/** OpenMetrics names a counter's family without the `_total` that its samples carry. */
export function getFamilyName({ name, type }: Pick<Metadata, "name" | "type">, format: Format): string {
  return format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
}

/** The name of a counter's own sample. OpenMetrics insists on `_total`, whatever the text format calls it. */
export function getCounterSample(name: string, format: Format): string {
  return format === "openmetrics" && !name.endsWith("_total") ? `${name}_total` : name;
}

/** The metadata lines, in the order that each format recommends. */
export function renderHeader(metric: Metadata, format: Format): string {
  const name = getFamilyName(metric, format);
  const help = `# HELP ${name} ${escapeHelp(metric.help, format)}\n`;
  const type = `# TYPE ${name} ${metric.type}\n`;
  if (format === "text") return help + type;
  const unit = units.find((suffix) => name.endsWith(`_${suffix}`));
  return type + (unit === undefined ? "" : `# UNIT ${name} ${unit}\n`) + help;
}

/**
 * Returns the function that writes a series' labels, without the braces. What it returns is also the series' identity:
 * two rows with the same text are the same series for every parser.
 */
export function createLabelWriter(names: readonly string[]): (values: readonly string[]) => string {
  const openings = names.map((name, i) => `${i === 0 ? "" : '",'}${name}="`);
  return (values) => {
    if (openings.length === 0) return "";
    // Nearly all values are plain; one check of all of them together is much faster than one for each.
    const plain = isPlain(values.join(""));
    let text = "";
    for (let i = 0; i < openings.length; i++) {
      const value = values[i] ?? "";
      text += (openings[i] ?? "") + (plain ? value : escapeLabel(value));
    }
    return `${text}"`;
  };
}

/** Renders a gauge family from its series (labels as text → value); an empty text without series. */
export function renderGauge(metric: Metadata, series: ReadonlyMap<string, number>, format: Format): string {
  if (series.size === 0) return "";
  const lines = [renderHeader(metric, format)];
  for (const [labels, value] of series) lines.push(`${metric.name}${wrapInBraces(labels)} ${formatDecimal(value)}\n`);
  return lines.join("");
}

/** Label text in braces; empty without labels. */
export function wrapInBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
