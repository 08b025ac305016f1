import { fail, succeed, type Result } from "../core/result.ts";
import { metricDefinitions } from "./definitions.ts";

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const legal = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legalParts = /^[a-zA-Z0-9_:]+$/;
const nameMax = 200;

/** Samples of the template counter's histograms. */
const templateSample = /^ci_[^_]*(?:_[^_]*)?_duration_(?:bucket|sum|count)$/;

/** Every sample name of our own metrics, in either format. */
const ownSamples: ReadonlySet<string> = new Set(
  metricDefinitions.flatMap(({ name, type }) =>
    type === "histogram"
      ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`]
      : [name, name.replace(/_total$/, ""), name.replace(/_total$/, "_created")],
  ),
);

/**
 * The name, if the run counter's `<name>_pipeline_run_total` can be a metric, or one problem in words that follow "the name": no other family of an exposition may share one of its names.
 */
export function runCounterName(name: string): Result<string> {
  if (!legal.test(name))
    return fail('must be a legal metric name: letters, digits, "_" and ":", and no digit at its beginning');
  if (name.startsWith("__")) return fail('may not begin with "__", which Prometheus keeps for itself');
  if (name.length > nameMax) return fail(`is longer than ${nameMax} characters`);
  const metric = `${name}_pipeline_run_total`;
  // No family of prom-client's, and none of ours, ends like the metrics made here: what begins like them is no clash yet.
  if (ownSamples.has(name) || ownSamples.has(metric) || templateSample.test(name))
    return fail(`is already the name of a metric's samples: ${name}`);
  return succeed(name);
}

/**
 * The template counter's `ci_<name>_total` and `ci_<name>_duration`: of `<framework>_<step>_…` the first two parts count,
 * and a name without `_` counts whole. A problem is in words that follow "the name".
 */
export function templateName(given: string): Result<string> {
  if (!legalParts.test(given)) return fail('may hold letters, digits, "_" and ":" only');
  const name = given.split("_", 2).join("_");
  if (!/[a-zA-Z0-9]/.test(name)) return fail("has neither a letter nor a digit before its second _");
  if (name.length > nameMax) return fail(`is longer than ${nameMax} characters`);
  // A pipeline called `ci` is the run counter's, and makes the same metric.
  if (name === "pipeline_run") return fail("makes the metric ci_pipeline_run_total, which is the run counter's");
  return succeed(name);
}
