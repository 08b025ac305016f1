import { wrapInBraces, getCounterSample, getFamilyName, renderHeader, createLabelWriter } from "./family.ts";
import { formatBound, formatDecimal, type Format } from "./format.ts";
import type { Millis } from "../core/time.ts";

/** What prom-client's `get()` really returns; its type declares `type` as a number and hides `metricName`. */
export interface ProcessFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: SampleLabels;
    /** The sample's name where it is not the family's: `…_bucket`, `…_sum`, `…_count`. */
    readonly metricName?: string;
  }[];
}

/** `+Inf` comes as text, every other threshold as a number. */
type SampleLabels = Readonly<Record<string, string | number | undefined>>;

/** Labels whose value is a number that both formats spell in their own way. */
const thresholds: ReadonlySet<string> = new Set(["le", "quantile"]);

/** One of the process's own metrics as text; nothing where its only series has no value. `startedAt`: epoch ms of its zero. */
export function renderProcessFamily(family: ProcessFamily, startedAt: Millis, format: Format): string {
  const samples = new Map<string, number>();
  for (const { value, labels, metricName } of family.values) {
    // Without a measurement prom-client says NaN (the mean of nothing); no sample says the same and breaks no sum.
    if (Number.isNaN(value)) continue;
    const name = metricName ?? (family.type === "counter" ? getCounterSample(family.name, format) : family.name);
    const set = wrapInBraces(labelText(labels, format));
    samples.set(name + set, (samples.get(name + set) ?? 0) + value);
    // Everything here was 0 when the process began, also what showed up later.
    if (format === "openmetrics" && endsSeries(family, name)) {
      samples.set(`${getFamilyName(family, format)}_created${set}`, startedAt / 1000);
    }
  }
  if (samples.size === 0 && family.values.length > 0) return "";
  const lines = [renderHeader(family, format)];
  for (const [sample, value] of samples) lines.push(`${sample} ${formatDecimal(value)}\n`);
  return lines.join("");
}

/** True for the sample after which OpenMetrics wants to hear when a total began. prom-client writes the count last. */
function endsSeries({ name, type }: ProcessFamily, sample: string): boolean {
  return type === "counter" || ((type === "histogram" || type === "summary") && sample === `${name}_count`);
}

function labelText(labels: SampleLabels, format: Format): string {
  const names = Object.keys(labels);
  const values = names.map((name) => {
    const value = labels[name];
    if (typeof value === "number" && thresholds.has(name)) return formatBound(value, format);
    return value === undefined ? "" : String(value);
  });
  return createLabelWriter(names)(values);
}
