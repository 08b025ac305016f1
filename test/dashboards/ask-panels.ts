import { expect } from "chai";
import type { Prometheus, Series } from "../support/exposition/prometheus.ts";
import { getQuery, type Board, type PanelQuery, type Variable } from "./boards.ts";
import { interpolate, parseSeconds, type Chosen, type Time } from "./grafana.ts";

interface Matrix {
  readonly values: readonly (readonly [number, string])[];
}

/** Asks Prometheus what a dashboard's panels and variables ask, about the moment `to` and the `range` seconds before it. */
export function askPanels(
  asked: () => { readonly prometheus: Prometheus; readonly to: number },
  { range, scrape }: { readonly range: number; readonly scrape: number },
) {
  async function at(expr: string, time = asked().to): Promise<readonly Series[]> {
    return (
      (await asked().prometheus.get("query", { query: expr, time: String(time) })) as { result: readonly Series[] }
    ).result;
  }

  function getTime({ panel }: PanelQuery): Time {
    const step = panel.interval === undefined ? scrape : parseSeconds(panel.interval);
    return { to: asked().to, range: Math.max(range, 2 * step), step, scrape };
  }

  /** Samples of a query as its panel asks it, without those that are no number. */
  async function querySamples(query: PanelQuery, chosen: Chosen): Promise<number[]> {
    const { prometheus, to } = asked();
    const time = getTime(query);
    const expr = interpolate(query.target.expr ?? "", chosen, time);
    if (query.target.instant === true)
      return (await at(expr)).map(({ value }) => Number(value[1])).filter(Number.isFinite);
    const steps = Math.floor(time.range / time.step);
    const span = { start: String(to - steps * time.step), end: String(to), step: String(time.step) };
    const { result } = (await prometheus.get("query_range", { query: expr, ...span })) as {
      result: readonly Matrix[];
    };
    return result.flatMap(({ values }) => values.map(([, value]) => Number(value))).filter(Number.isFinite);
  }

  /** The values that a variable offers, as Grafana's Prometheus data source finds them. */
  async function queryValues(variable: Variable, chosen: Chosen): Promise<string[]> {
    if (variable.type === "custom") return (variable.options ?? []).map(({ value }) => value);
    const { prometheus, to } = asked();
    const query = interpolate(getQuery(variable), chosen, { to, range, step: scrape, scrape });
    const span = { start: String(to - range), end: String(to) };
    const [, metric = "", label = ""] = /^label_values\((.+), (\w+)\)$/s.exec(query) ?? [];
    if (label !== "")
      return (await prometheus.get(`label/${label}/values`, { ...span, "match[]": metric })) as string[];
    const [, pattern = ""] = /^metrics\((.+)\)$/.exec(query) ?? [];
    const names = (await prometheus.get("label/__name__/values", span)) as string[];
    const regex = new RegExp((variable.regex ?? "").slice(1, -1));
    return names.filter((name) => new RegExp(pattern).test(name)).flatMap((name) => regex.exec(name)?.[1] ?? []);
  }

  /** Every variable in its order; `choose` says which of its values are taken. */
  async function choices(board: Board, choose: (variable: Variable, values: readonly string[]) => string[] | "all") {
    const chosen = new Map<string, { variable: Variable; values: readonly string[] | "all" }>();
    for (const variable of board.templating.list.filter(({ type }) => ["query", "custom"].includes(type))) {
      const values = await queryValues(variable, chosen);
      expect(values, `${board.title}: values of ${variable.name}`).to.not.be.empty;
      chosen.set(variable.name, { variable, values: choose(variable, values) });
    }
    return chosen;
  }

  return { at, getTime, querySamples, choices };
}
