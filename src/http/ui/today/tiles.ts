import { computeWastedSeconds } from "../../../answers/waste-groups.ts";
import { countFailures, countRuns, summarize, toSuccessRatio } from "../../api/summary.ts";
import { failureResults } from "../run-table.ts";
import type { Shown } from "../../answers.ts";
import { describeChange, type Direction } from "../change.ts";
import { describeMissing, isAged } from "../shown.ts";
import { formatAgo, formatCost, formatCount, formatDuration, formatPercent, formatShare } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import type { Page } from "../view.ts";
import { filterFigures, linkFilter, type Choice, type Span, type WholeSummary } from "./choice.ts";

/** The same figure of the span and of the span before. */
interface Pair<T> {
  readonly now: T;
  readonly before: T;
}

export interface Totals {
  readonly runs: Shown<Pair<WholeSummary>>;
  readonly waste: Shown<Pair<Wasted>>;
}

interface Wasted {
  readonly seconds: number;
  readonly totalSeconds: number;
  /** `null`: no price applies. */
  readonly cost: number | null;
}

export async function findTotals(page: Page, choice: Choice): Promise<Totals> {
  const { ask, services } = page;
  const summarizeSpan = async (span: Span): Promise<WholeSummary> => {
    const options = { by: [], sort: "runs", children: false, limit: 1 } as const;
    return (await summarize(services, { ...filterFigures(choice), ...span, ...options })).groups[0];
  };
  const [runs, waste] = await Promise.all([
    ask(`totals ${choice.name} ${choice.branches ?? ""}`, async () => comparePair(choice, summarizeSpan)),
    ask(`waste ${choice.name}`, async () => comparePair(choice, (span) => sumWaste(page, choice, span))),
  ]);
  return { runs, waste };
}

async function comparePair<T>({ span, before }: Choice, find: (span: Span) => Promise<T>): Promise<Pair<T>> {
  return { now: await find(span), before: await find(before) };
}

async function sumWaste({ services }: Page, { filter }: Choice, span: Span): Promise<Wasted> {
  const { store, config } = services;
  const { items } = await store.read("waste", { ...span, filter, by: ["provider"], prices: config.prices });
  const costs = items.flatMap(({ wastedCost }) => (wastedCost === null ? [] : [wastedCost]));
  return {
    seconds: items.reduce((sum, item) => sum + computeWastedSeconds(item), 0),
    totalSeconds: items.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0),
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  };
}

interface Tile {
  readonly label: string;
  readonly value: Content;
  /** Where the runs behind the figure are. */
  readonly link: string;
  readonly change: Content;
  readonly note?: Content;
}

export function tilesSection(page: Page, choice: Choice, { runs, waste }: Totals): Html {
  const tiles = [
    ...(runs.isReady ? listRunTiles(page, choice, runs.value) : []),
    ...(waste.isReady ? [wasteTile(page, choice, waste.value)] : []),
  ];
  const missing = [["Runs", runs] as const, ["Waste", waste] as const].map(
    ([label, shown]) =>
      !shown.isReady && html`<li class="tile"><span class="label">${label}</span>${describeMissing(shown)}</li>`,
  );
  const old = [runs, waste].flatMap((shown) => (shown.isReady && isAged(shown, page.now) ? [shown.asOf] : []));
  return html`<section class="plain" aria-labelledby="figures"><h2 id="figures" class="hidden">Figures</h2><ul class="tiles">${tiles.map(renderTile)}${missing}</ul>
<p class="note">Each compared with the span of the same length before it.${old.length > 0 && html` As of ${formatAgo(Math.min(...old), page.now)}.`}</p></section>
`;
}

function renderTile({ label, value, link, change, note }: Tile): Html {
  return html`<li class="tile"><a href="${link}"><span class="label">${label}</span><strong>${value}</strong></a>
${change}${note !== undefined && html`<span class="sub">${note}</span>`}</li>
`;
}

function listRunTiles(page: Page, choice: Choice, { now, before }: Pair<WholeSummary>): readonly Tile[] {
  const { links } = page;
  const { since, until } = choice.given;
  const parameters = { ...linkFilter(choice), since: since ?? "7d", until };
  const counts = { now: now === undefined ? 0 : countRuns(now.results), before: before && countRuns(before.results) };
  const failures = now === undefined ? 0 : countFailures(now.results);
  const measured = { since, until, ...choice.filter };
  return [
    {
      label: "Success",
      value: formatShare(now === undefined ? null : toSuccessRatio(now.results)),
      link: links.toView("runs", { ...parameters, result: failureResults.join() }),
      change: describeChange("success", now && toSuccessRatio(now.results), before && toSuccessRatio(before.results)),
      note: `${formatCount(failures)} failed`,
    },
    {
      label: "Runs",
      value: formatCount(counts.now),
      link: links.toView("runs", parameters),
      change: describeChange("count", counts.now, counts.before),
    },
    durationTile("Duration, median", now?.duration?.p50, before?.duration?.p50, "duration"),
    durationTile("Duration, p95", now?.duration?.p95, before?.duration?.p95, "duration"),
    {
      ...durationTile("Queue, p90", now?.queue?.p90, before?.queue?.p90, "wait"),
      link: links.toView("runners", measured),
    },
  ];

  function durationTile(label: string, value?: number, earlier?: number, direction?: Direction): Tile {
    return {
      label,
      value: formatDuration(value),
      link: links.toView("pipelines", { since, until, provider: choice.filter.provider, sort: "duration" }),
      change: describeChange(direction ?? "duration", value, earlier),
    };
  }
}

function wasteTile({ links }: Page, { given, filter }: Choice, { now, before }: Pair<Wasted>): Tile {
  const share = now.totalSeconds === 0 ? null : now.seconds / now.totalSeconds;
  return {
    label: "Waste",
    value: formatDuration(now.seconds),
    link: links.toView("waste", { since: given["since"], until: given["until"], ...filter }),
    change: describeChange("waste", now.seconds, before.totalSeconds === 0 ? undefined : before.seconds),
    note: [share !== null && [formatPercent(share), " of all work"], now.cost !== null && [", ", formatCost(now.cost)]],
  };
}
