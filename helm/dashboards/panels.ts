import type { DataLink, DataSource, Override, PanelPlan, Query, Threshold } from "./model.ts";
import { prometheus } from "./variables.ts";

/** A unit of Grafana's list: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
export type Unit = "short" | "s" | "percentunit" | "bytes" | "reqps" | "percent" | "string" | "bool_yes_no";

/** What every kind of panel is given. */
export interface Common {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly width: number;
  readonly height?: number;
  readonly datasource?: DataSource;
  readonly thresholds?: readonly Threshold[];
  readonly links?: readonly DataLink[];
  readonly interval?: string;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** What is shown where the query has no answer. */
  readonly noValue?: string;
  readonly overrides?: readonly Override[];
}

const neutral: readonly Threshold[] = [{ color: "text", value: null }];

/** Green, and another colour from each bound on. */
export function worse(...bounds: readonly (readonly [color: string, from: number])[]): readonly Threshold[] {
  return [{ color: "green", value: null }, ...bounds.map(([color, value]) => ({ color, value }))];
}

/** Shares of success: red, orange from `fair` on, green from `good` on. */
export function better(fair: number, good: number): readonly Threshold[] {
  return [
    { color: "red", value: null },
    { color: "orange", value: fair },
    { color: "green", value: good },
  ];
}

/** A panel of any type; `custom` and `options` are what its type wants. */
export function plan(
  type: PanelPlan["type"],
  spec: Common,
  custom: object,
  options: object,
  height: number,
): PanelPlan {
  const {
    title,
    description,
    unit,
    queries,
    width,
    datasource = prometheus,
    thresholds = neutral,
    overrides = [],
  } = spec;
  return {
    type,
    title,
    description,
    datasource,
    targets: queries.map((query, i) => ({ refId: String.fromCodePoint(65 + i), datasource, ...query })),
    fieldConfig: { defaults: { ...defaults(spec, unit, thresholds), custom }, overrides },
    options: { ...options },
    ...(spec.interval === undefined ? {} : { interval: spec.interval }),
    size: { width, height: spec.height ?? height },
  };
}

function defaults({ min, max, decimals, links, noValue }: Common, unit: Unit, steps: readonly Threshold[]) {
  return {
    unit,
    color: { mode: steps.length > 1 ? "thresholds" : "palette-classic" },
    thresholds: { mode: "absolute", steps },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(noValue === undefined ? {} : { noValue }),
    ...(links === undefined ? {} : { links }),
  };
}

const reduced = { calcs: ["lastNotNull"], fields: "", values: false };

/** One figure a query. */
export function stat(spec: Common): PanelPlan {
  const options = {
    reduceOptions: reduced,
    colorMode: spec.thresholds === undefined ? "none" : "value",
    graphMode: "none",
    justifyMode: "auto",
    textMode: spec.queries.length > 1 || /\{\{/.test(getLegend(spec)) ? "value_and_name" : "value",
    orientation: "auto",
    wideLayout: true,
  };
  return plan("stat", { noValue: "none", ...spec }, {}, options, 4);
}

function getLegend({ queries: [first] }: Common): string {
  return first !== undefined && "legendFormat" in first ? first.legendFormat : "";
}

/** Lines, or bars that are stacked. */
export function graph(spec: Common & { readonly bars?: true; readonly stacked?: true }): PanelPlan {
  const stacked = spec.bars === true || spec.stacked === true;
  const custom = {
    drawStyle: spec.bars === true ? "bars" : "line",
    lineWidth: 1,
    fillOpacity: spec.bars === true ? 80 : stacked ? 30 : 0,
    // A single value between two gaps would not show as a line.
    showPoints: spec.bars === true ? "never" : "auto",
    pointSize: 4,
    spanNulls: false,
    axisSoftMin: 0,
    stacking: { mode: stacked ? "normal" : "none", group: "A" },
    thresholdsStyle: { mode: spec.thresholds === undefined ? "off" : "dashed" },
  };
  const options = {
    legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
    tooltip: { mode: "multi", sort: "desc" },
  };
  const panel = plan("timeseries", spec, custom, options, 8);
  // The bounds are lines in it; the colours are those of the series.
  const { fieldConfig } = panel;
  const lines = { ...fieldConfig.defaults, color: { mode: "palette-classic" } };
  return { ...panel, fieldConfig: { ...fieldConfig, defaults: lines } };
}

/** The distribution of seconds over time, from the buckets of a histogram. */
export function heat(spec: Common): PanelPlan {
  const options = {
    calculate: false,
    cellGap: 1,
    color: { mode: "scheme", scheme: "Blues", fill: "dark-blue", exponent: 0.5, steps: 64, reverse: false },
    yAxis: { unit: spec.unit, axisPlacement: "left" },
    rowsFrame: { layout: "auto" },
    legend: { show: true },
    tooltip: { mode: "single", yHistogram: false, showColorScale: false },
    exemplars: { color: "rgba(255,0,255,0.7)" },
    filterValues: { le: 1e-9 },
  };
  return plan("heatmap", spec, { scaleDistribution: { type: "linear" } }, options, 8);
}

/** One bar a series. */
export function gauges(spec: Common): PanelPlan {
  const options = {
    reduceOptions: reduced,
    orientation: "horizontal",
    displayMode: "gradient",
    showUnfilled: true,
    valueMode: "color",
    minVizHeight: 10,
    minVizWidth: 0,
    namePlacement: "auto",
    sizing: "auto",
  };
  return plan("bargauge", spec, {}, options, 8);
}

/** One colour a series, by its name. */
export function coloured(colors: Readonly<Record<string, string>>): Override[] {
  return Object.entries(colors).map(([name, fixedColor]) => ({
    matcher: { id: "byName", options: name },
    properties: [{ id: "color", value: { mode: "fixed", fixedColor } }],
  }));
}

/** The colours of results, everywhere the same. */
export const resultColors = coloured({
  success: "green",
  failure: "red",
  error: "dark-orange",
  timeout: "orange",
  cancellation: "blue",
  skip: "text",
});
