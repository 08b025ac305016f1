/**
 * Valid names of metrics. prom-client rejects an invalid name as well, but its message does not contain the name.
 * https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function checkMetricName(name: unknown): asserts name is string {
  if (typeof name === "string" && metricName.test(name)) return;
  throw new TypeError(
    `${quote(name)} is not a metric name: letters, digits, "_" and ":" are allowed, and no digit at the beginning`,
  );
}

/** `reserved`: the label that this type of metric sets itself (`le` of a histogram, `quantile` of a summary). */
export function checkLabelNames(metric: string, names: readonly string[], reserved?: string): void {
  for (const name of names) {
    if (typeof name !== "string" || !labelName.test(name)) {
      throw new TypeError(
        `metric ${metric}: ${quote(name)} is not a label name: letters, digits and "_" are allowed, and no digit at the beginning`,
      );
    }
    if (name.startsWith("__")) {
      throw new TypeError(`metric ${metric}: label ${quote(name)} begins with "__", which Prometheus keeps for itself`);
    }
    if (name === reserved) throw new TypeError(`metric ${metric}: label ${quote(name)} is set by the metric itself`);
  }
  if (new Set(names).size < names.length) {
    throw new TypeError(`metric ${metric}: a label name stands twice: ${names.join(", ")}`);
  }
}

/** Label values as text, one for each label name. Numbers and booleans become text. */
export function checkLabelValues(metric: string, names: readonly string[], values: readonly unknown[]): string[] {
  if (values.length !== names.length) {
    throw new TypeError(
      names.length === 0
        ? `metric ${metric} has no labels, but got ${values.length} label values`
        : `metric ${metric} has the labels ${names.join(", ")}, so it needs ${names.length} label values, not ${values.length}`,
    );
  }
  return values.map((value, i) => {
    if (["string", "number", "boolean"].includes(typeof value)) return String(value);
    throw new TypeError(`metric ${metric}: the value of label ${names[i] ?? ""} must be a text, not ${quote(value)}`);
  });
}

/** A number that a metric can take. NaN would stay in a sum for ever. */
export function checkValue(metric: string, value: unknown): asserts value is number {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new TypeError(`metric ${metric}: ${quote(value)} is not a number`);
}

/** Upper bounds of a histogram's buckets: finite and rising. `+Inf` is added by the metric. */
export function checkBuckets(metric: string, buckets: readonly number[]): void {
  const rising = buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] ?? 0)));
  if (buckets.length > 0 && rising) return;
  throw new TypeError(`metric ${metric}: buckets must be finite numbers in rising order, not ${buckets.join(", ")}`);
}

function quote(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
