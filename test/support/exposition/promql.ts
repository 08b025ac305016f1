/** One selector of an expression: the metric, or `""` where only a matcher names it, and the labels that it filters by. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Mentioned {
  readonly selectors: readonly Selector[];
  /** Labels in `by (…)`, `without (…)`, `on (…)`, `ignoring (…)` and `group_left (…)`. */
  readonly grouping: readonly string[];
}

const groupings = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const operators = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);

/** Strings, names, numbers with their units, and single characters. Ranges (`[5m]`) and comments are left out. */
const token = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[a-zA-Z_:][\w:]*|\d[\w.]*|\S/g;

/**
 * What a PromQL expression reads, without judging whether it is one: Prometheus does that. Grafana's variables must have
 * been replaced.
 */
export function mentioned(expr: string): Mentioned {
  const bare = expr.replaceAll(/#.*$/gm, "").replaceAll(/\[[^\]]*\]/g, " ");
  const tokens = [...bare.matchAll(token)].map(([text]) => text);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const [word = "", next] = [tokens[i], tokens[i + 1]];
    if (word === "{") {
      const end = tokens.indexOf("}", i);
      selectors.push({ metric: "", labels: matchers(tokens.slice(i + 1, end)) });
      i = end;
    } else if (!/^[a-zA-Z_:]/.test(word) || operators.has(word)) {
      continue;
    } else if (groupings.has(word)) {
      if (next !== "(") continue;
      const end = tokens.indexOf(")", i);
      grouping.push(...tokens.slice(i + 2, end).filter((one) => one !== ","));
      i = end;
    } else if (next === "{") {
      const end = tokens.indexOf("}", i);
      selectors.push({ metric: word, labels: matchers(tokens.slice(i + 2, end)) });
      i = end;
    } else if (next !== "(" && !isGrouped(next)) {
      selectors.push({ metric: word, labels: [] });
    }
  }
  return { selectors, grouping };
}

/** `sum by (…) (…)`: an aggregation that says its labels first. */
function isGrouped(next: string | undefined): boolean {
  return next === "by" || next === "without";
}

function matchers(tokens: readonly string[]): string[] {
  return tokens.filter((word, i) => /^[a-zA-Z_]/.test(word) && /^[=!]/.test(tokens[i + 1] ?? ""));
}
