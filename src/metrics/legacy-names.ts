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
 * Checks the name in the run counter's `<name>_pipeline_run_total`: no other family of an exposition may have the same sample
 * names. A problem is a phrase that can follow "the name".
 */
export function parseRunCounterName(name: string): Result<string> {
  if (!legal.test(name))
    return fail('must be a valid metric name: letters, digits, "_" and ":", not starting with a digit');
  if (name.startsWith("__")) return fail('must not start with "__", which Prometheus reserves');
  if (name.length > nameMax) return fail(`must be at most ${nameMax} characters long`);
  const metric = `${name}_pipeline_run_total`;
  // No family of prom-client's, and none of ours, ends like the metrics made here: what begins like them is no clash yet.
  if (ownSamples.has(name) || ownSamples.has(metric) || templateSample.test(name))
    return fail(`conflicts with the samples of an existing metric: ${name}`);
  return succeed(name);
}

/**
 * The name in the template counter's `ci_<name>_total` and `ci_<name>_duration`: the first two parts of `<framework>_<step>_…`, or the
 * whole of a name without `_`. A colon, which many names of GitLab's jobs have (`dotnet:build`), is replaced by `_`: Prometheus
 * reserves it for recording rules (https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels). A problem is a
 * phrase that can follow "the name".
 */
export function parseTemplateName(given: string): Result<string> {
  if (!legalParts.test(given)) return fail('must contain only letters, digits, "_" and ":"');
  return checkTemplateName(given.replaceAll(":", "_").split("_", 2).join("_"));
}

/** Whether a stored name makes metrics. It may have a colon: before they were replaced, uses were counted under such names. */
export function isTemplateName(name: string): boolean {
  return legalParts.test(name) && name.split("_", 2).join("_") === name && checkTemplateName(name).ok;
}

function checkTemplateName(name: string): Result<string> {
  if (!/[a-zA-Z0-9]/.test(name)) return fail("must contain a letter or digit before its second _");
  if (name.length > nameMax) return fail(`must be at most ${nameMax} characters long`);
  // A pipeline called `ci` is the run counter's, and makes the same metric.
  if (name === "pipeline_run") return fail("conflicts with the run counter's metric ci_pipeline_run_total");
  return succeed(name);
}
