import type { Format } from "./format.ts";

/** The format of a response and its `Content-Type`. */
export interface Negotiated {
  readonly format: Format;
  readonly contentType: string;
}

interface MediaRange {
  /** `type/subtype`, lower case. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 (refused) to 1. */
  readonly quality: number;
}

const openMetrics = "application/openmetrics-text";

/** Our names need no escaping, so they satisfy each scheme that a scraper may request. */
const escapings: ReadonlySet<string> = new Set(["allow-utf-8", "underscores", "dots", "values"]);

const text: Negotiated = { format: "text", contentType: "text/plain; version=0.0.4; charset=utf-8" };

/**
 * Chooses the format by an `Accept` header: https://prometheus.io/docs/instrumenting/content_negotiation/
 * OpenMetrics only for who names it (the wildcard of a browser or of curl means text), the newest accepted version, and
 * before text where both are as welcome. Who accepts neither gets text: a scrape must not fail over this.
 */
export function negotiate(accept: string | undefined): Negotiated {
  const ranges = (accept ?? "").split(",").map(parseMediaRange);
  const newest = findBest(ranges, [openMetrics], "1.0.0");
  const draft = findBest(ranges, [openMetrics], "0.0.1");
  const plain = findBest(ranges, ["text/plain", "text/*", "*/*"], "0.0.4");
  const offers: [MediaRange | undefined, Negotiated][] = [
    [newest, { format: "openmetrics", contentType: openMetricsType("1.0.0", newest) }],
    [draft, { format: "openmetrics", contentType: openMetricsType("0.0.1") }],
    [plain, text],
  ];
  const welcome = offers.filter(([range]) => range !== undefined && range.quality > 0);
  const [chosen] = welcome.toSorted(([a], [b]) => (b?.quality ?? 0) - (a?.quality ?? 0));
  return chosen?.[1] ?? text;
}

/** True for the `Accept` of a scraper: it names a format of expositions, as no browser and no curl does. */
export function namesExposition(accept: string): boolean {
  return accept
    .split(",")
    .map(parseMediaRange)
    .some(
      ({ type, parameters }) =>
        type === openMetrics || (type === "text/plain" && parameters.get("version") === "0.0.4"),
    );
}

/** The range that matches this type and version; the most specific one, as RFC 9110 requires. */
function findBest(ranges: readonly MediaRange[], types: readonly string[], version: string): MediaRange | undefined {
  for (const type of types) {
    for (const wanted of [version, undefined]) {
      const fitting = ranges.filter((r) => r.type === type && r.parameters.get("version") === wanted);
      const [first] = fitting.toSorted((a, b) => b.quality - a.quality);
      if (first !== undefined) return first;
    }
  }
  return undefined;
}

/** OpenMetrics defines no `escaping`, so it is added only for a scraper that asks for one. */
function openMetricsType(version: string, range?: MediaRange): string {
  const wanted = range?.parameters.get("escaping");
  const base = `${openMetrics}; version=${version}; charset=utf-8`;
  if (wanted === undefined) return base;
  return `${base}; escaping=${escapings.has(wanted) ? wanted : "underscores"}`;
}

function parseMediaRange(range: string): MediaRange {
  const [type = "", ...rest] = range.split(";").map((part) => part.trim().toLowerCase());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [name = "", value = ""] = parameter.split("=", 2).map((part) => part.trim());
    parameters.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  return { type, parameters, quality: parseQuality(parameters.get("q")) };
}

/** An invalid weight counts as 0, so that an invalid header leads to the text format. */
function parseQuality(weight: string | undefined): number {
  if (weight === undefined) return 1;
  return /^[01](\.\d*)?$|^\.\d+$/.test(weight) ? Math.min(1, Number(weight)) : 0;
}
