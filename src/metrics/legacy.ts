import type { RollupRow } from "../core/snapshot.ts";
import { storedMetrics, type MetricDefinition, type MetricKey } from "./definitions.ts";
import { createLabelWriter, renderGauge } from "./family.ts";
import type { Format } from "./format.ts";
import { isTemplateName, parseRunCounterName } from "./legacy-names.ts";
import { renderFamily } from "./rollups.ts";

/** Rows of one metric by the name that a sender gave, without that label. */
type Named = ReadonlyMap<string, readonly RollupRow[]>;

/**
 * The metrics of the older tools, with the names, help texts and labels that their dashboards use. A name is checked again before
 * it is rendered, so that no content of a database can make a scrape invalid.
 */
export function renderLegacy(rows: readonly RollupRow[], format: Format): string {
  const of = (metric: MetricKey) => rows.filter((row) => row.metric === metric);
  return (
    runCounters(
      groupByName(of("runCounter"), (name) => parseRunCounterName(name).ok),
      format,
    ) +
    renderTemplates(
      groupByName(of("templateUses"), isTemplateName),
      groupByName(of("templateDuration"), isTemplateName),
      format,
    ) +
    renderTemplateJobs(of("templateJobs"), format)
  );
}

function groupByName(rows: readonly RollupRow[], isFit: (name: string) => boolean): Named {
  const named = new Map<string, RollupRow[]>();
  for (const row of rows) {
    const [name = "", ...labels] = row.labels;
    const group = named.get(name);
    if (group !== undefined) group.push({ ...row, labels });
    else if (isFit(name)) named.set(name, [{ ...row, labels }]);
  }
  return named;
}

/** In the order of code units, as the older tools sorted, not in that of a database. */
function sortNames(names: Iterable<string>): string[] {
  return [...names].toSorted((a, b) => (a < b ? -1 : 1));
}

function runCounters(named: Named, format: Format): string {
  let text = "";
  for (const name of sortNames(named.keys())) {
    const rows = named.get(name) ?? [];
    const metric = {
      name: `${name}_pipeline_run_total`,
      type: "counter",
      help: `The total number of ${name} pipeline runs.`,
      labels: ["status"],
    } as const;
    text += renderSmallFamily(metric, [findStatusRow(rows, "success"), findStatusRow(rows, "failure")], format);
  }
  return text;
}

/** Both statuses are shown from the first run on, the one without a run at 0. */
function findStatusRow(rows: readonly RollupRow[], status: string): RollupRow {
  const found = rows.filter(({ labels }) => labels[0] === status);
  const createdAt = Math.min(...rows.map((row) => row.createdAt));
  const count = found.reduce((sum, row) => sum + row.count, 0);
  return { metric: "runCounter", labels: [status], count, sum: 0, buckets: [], createdAt, exemplar: null };
}

function renderTemplates(uses: Named, durations: Named, format: Format): string {
  const { buckets } = storedMetrics.templateDuration;
  let text = "";
  for (const name of sortNames(new Set([...uses.keys(), ...durations.keys()]))) {
    // `dotnet_build` is called `dotnet build`.
    const spokenName = name.replace("_", " ");
    const [used, timed] = [sortRows(uses.get(name)), sortRows(durations.get(name))];
    const help = `The number of ${spokenName} used`;
    if (used.length > 0)
      text += renderCounter({ name: `ci_${name}_total`, help, labels: ["project", "status"] }, used, format);
    const duration = {
      name: `ci_${name}_duration`,
      help: `The duration of the ${spokenName} usage`,
      labels: ["status"],
    };
    if (timed.length > 0)
      text += renderSmallFamily({ ...duration, type: "histogram", buckets, plainBounds: true }, timed, format);
  }
  return text;
}

/** A family as one text: these families are small. */
function renderSmallFamily(metric: MetricDefinition, rows: readonly RollupRow[], format: Format): string {
  return [...renderFamily(metric, rows, format)].join("");
}

function sortRows(rows: readonly RollupRow[] = []): RollupRow[] {
  const key = ({ labels }: RollupRow) => labels.join("\u0001");
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function renderTemplateJobs(rows: readonly RollupRow[], format: Format): string {
  return rows.length === 0 ? "" : renderCounter(storedMetrics.templateJobs, sortRows(rows), format);
}

interface LegacyCounter {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * A counter under exactly this name in both formats. The text format has a counter without `_total`, which
 * `ci_total_jobs_usage` always was; linters warn of the name, but without a type collectors that forward metrics would make
 * it a gauge. OpenMetrics does not allow it, nor `ci_a_duration_total` beside a histogram `ci_a_duration`,
 * because there a counter's family has the name without the suffix. Such a counter gets the type `unknown`.
 */
function renderCounter(metric: LegacyCounter, rows: readonly RollupRow[], format: Format): string {
  const clashes = format === "openmetrics" && /_(?:total|created|duration)_total$/.test(metric.name);
  if (metric.name.endsWith("_total") && !clashes)
    return renderSmallFamily({ ...metric, type: "counter" }, rows, format);
  const write = createLabelWriter(metric.labels);
  const series = new Map<string, number>();
  for (const { labels, count } of rows) series.set(write(labels), (series.get(write(labels)) ?? 0) + count);
  return renderGauge({ ...metric, type: format === "text" ? "counter" : "unknown" }, series, format);
}
