import type { SpanSummary } from "../../api/summary.ts";
import { createChoice, runFilter } from "../../api/parameters.ts";
import { createParameterParser } from "../../api/parse-parameters.ts";
import { findRuns } from "../../api/runs.ts";
import { resolveSpan } from "../../api/span.ts";
import { dayMillis, type Millis } from "../../../core/time.ts";
import { spanParameters, type Query } from "../span.ts";
import type { Page, ViewRequest } from "../view.ts";

export const branchWords = ["default", "all"] as const;

const parse = createParameterParser({
  source: runFilter.source,
  provider: runFilter.provider,
  branches: createChoice(branchWords, "default: only runs on default branches; all: every run"),
  ...spanParameters,
});

export interface Span {
  readonly since: Millis;
  readonly until: Millis;
}

/** What the first view is about. */
export interface Choice {
  readonly span: Span;
  /** As long as the span, and right before it. */
  readonly before: Span;
  /** Which runs the figures count; undefined: no run of a default branch is known, so that all are counted. */
  readonly branches: (typeof branchWords)[number] | undefined;
  readonly filter: { readonly source?: string | undefined; readonly provider?: string | undefined };
  /** The parameters as they were given, for links. */
  readonly given: Query;
  /** Names all that the answers depend on: the span as it was given, because now is another moment for each request. */
  readonly name: string;
}

/** Throws `invalid` for wrong parameters. */
export async function readChoice(page: Page, { query }: ViewRequest): Promise<Choice> {
  const { since, until, branches, source, provider } = parse(query, page.now);
  const span = resolveSpan({ since, until }, page.now, 7 * dayMillis);
  const length = span.until - span.since;
  const given = Object.fromEntries(query);
  return {
    span,
    before: { since: span.since - length, until: span.since },
    branches: branches ?? ((await hasDefaultBranch(page)) ? "default" : undefined),
    filter: { source, provider },
    given,
    name: JSON.stringify([given["since"], given["until"], source, provider]),
  };
}

/** Tekton and most of Jenkins do not report which branch is the default one. */
async function hasDefaultBranch({ ask, services }: Page): Promise<boolean> {
  const found = await ask("default branch", async () => {
    const { items } = await findRuns(services, { default_branch: true, limit: 1 });
    return items.length > 0;
  });
  return !found.isReady || found.value;
}

/** The filter of the figures that follow the choice of branches. */
export function filterFigures({ filter, branches }: Choice) {
  return { ...filter, ...(branches === "default" ? { default_branch: true } : {}) };
}

/** The same as parameters of a link to the list of runs. */
export function linkFilter({ filter, branches }: Choice) {
  return { ...filter, default_branch: branches === "default" ? "true" : undefined };
}

export type WholeSummary = SpanSummary["groups"][number] | undefined;
