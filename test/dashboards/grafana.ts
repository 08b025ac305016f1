import type { Variable } from "./boards.ts";

/** What is chosen in a dashboard: one value of a variable, several, or `All`. */
export type Chosen = ReadonlyMap<string, { readonly variable: Variable; readonly values: readonly string[] | "all" }>;

export interface Time {
  /** The end of what is looked at, Unix seconds. */
  readonly to: number;
  /** Seconds before it. */
  readonly range: number;
  /** Seconds between two points, the panel's own shortest step included. */
  readonly step: number;
  /** Seconds between two scrapes, as the data source is configured. */
  readonly scrape: number;
}

/** `1h` in seconds. */
export function parseSeconds(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? NaN);
}

/**
 * Puts values in the place of variables, as Grafana's Prometheus data source does. `$__rate_interval`: at least four
 * scrapes (https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/).
 */
export function interpolate(text: string, chosen: Chosen, { range, step, scrape }: Time): string {
  const builtIn: Readonly<Record<string, string>> = {
    __range: `${range}s`,
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + scrape, 4 * scrape)}s`,
  };
  return text.replaceAll(/\$\{(\w+)\}|\$([a-zA-Z_]\w*)/g, (match, braced: string | undefined, bare: string) => {
    const name = braced ?? bare;
    const value = builtIn[name] ?? formatValue(name, chosen);
    if (value === undefined) throw new Error(`${match} is no variable of the dashboard`);
    return value;
  });
}

function formatValue(name: string, chosen: Chosen): string | undefined {
  const choice = chosen.get(name);
  if (choice === undefined) return undefined;
  const { variable, values } = choice;
  if (values === "all") {
    if (variable.allValue === undefined) throw new Error(`${name} has no value for all`);
    return variable.allValue;
  }
  if (variable.multi !== true) return values[0];
  const escaped = values.map(asPattern);
  return escaped.length === 1 ? escaped[0] : `(${escaped.join("|")})`;
}

/** A text as a regular expression inside of a PromQL string. */
function asPattern(value: string): string {
  return value.replaceAll("\\", "\\\\\\\\").replaceAll(/[$^*{}[\]'+?.()|]/g, "\\\\$&");
}

/**
 * The macros of Grafana's PostgreSQL data source that our dashboards use, as it expands them
 * (https://grafana.com/docs/grafana/latest/datasources/postgres/query-editor/#macros). Moments are epoch milliseconds.
 */
export function expandMacros(sql: string, from: number, to: number): string {
  const moment = (millis: number) => new Date(millis).toISOString().replace(".000", "");
  return sql.replaceAll(/\$([_a-zA-Z0-9]+)\(([^)]*)\)/g, (_, macro: string, list: string) => {
    const [column = "", interval = ""] = list.split(",").map((argument) => argument.trim());
    const seconds = parseSeconds(interval.replaceAll("'", ""));
    const group = `floor(extract(epoch from ${column})/${seconds})*${seconds}`;
    switch (macro) {
      case "__timeFilter":
        return `${column} BETWEEN '${moment(from)}' AND '${moment(to)}'`;
      case "__timeGroup":
        return group;
      case "__timeGroupAlias":
        return `${group} AS "time"`;
      default:
        throw new Error(`$${macro} is no macro of Grafana's that this test knows`);
    }
  });
}
