import type { SummaryGroup } from "../../../core/store/index.ts";
import { countFailures, countRuns, summarize, toSuccessRatio } from "../../api/summary.ts";
import { findRuns } from "../../api/runs.ts";
import type { Shown } from "../../answers.ts";
import { pickStripRun, resultStrip, stripMax, type StripRun } from "../charts.ts";
import { renderShown } from "../shown.ts";
import { formatCount, formatDuration, formatPercent } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import { section, table, type Column } from "../layout.ts";
import { linkSpan } from "../span.ts";
import { pipelineName } from "../pipeline-name.ts";
import type { Page } from "../view.ts";
import { filterFigures, linkFilter, type Choice } from "./choice.ts";

interface Listed {
  readonly group: SummaryGroup;
  readonly runs: readonly StripRun[];
}

export interface ListedPipelines {
  readonly pipelines: readonly Listed[];
  readonly more: boolean;
}

/** Pipelines that are listed: those that fail most often first. */
const listedMax = 12;

export function findPipelines({ ask, services }: Page, choice: Choice): Promise<Shown<ListedPipelines>> {
  return ask(`pipelines ${choice.name} ${choice.branches ?? ""}`, async () => {
    const options = { by: ["project", "pipeline"], sort: "failures", children: false, limit: 1000 } as const;
    const { groups } = await summarize(services, { ...filterFigures(choice), ...choice.span, ...options });
    const shown = groups.toSorted((a, b) => readRatio(a) - readRatio(b)).slice(0, listedMax);
    const pipelines = await Promise.all(
      shown.map(async (group) => {
        const names = { project: group.project ?? undefined, pipeline: group.pipeline ?? undefined };
        const { items } = await findRuns(services, { ...filterFigures(choice), ...names, limit: stripMax });
        return { group, runs: items.map(pickStripRun) };
      }),
    );
    return { pipelines, more: groups.length > shown.length };
  });
}

function readRatio({ results }: SummaryGroup): number {
  return toSuccessRatio(results) ?? 2;
}

const columns: readonly Column[] = [
  ["Pipeline"],
  [`Last ${stripMax} runs`],
  ["Success", "number"],
  ["Failed", "number"],
  ["Runs", "number"],
  ["Duration p50, p95", "number"],
];

export function pipelinesSection(page: Page, choice: Choice, found: Shown<ListedPipelines>): Html {
  const { since, until } = choice.given;
  const all = html`<p class="more"><a href="${page.links.toView("pipelines", { since, until })}">All pipelines →</a></p>`;
  return section(
    "pipelines",
    "Pipelines",
    renderShown(found, page.now, ({ pipelines }) =>
      pipelines.length === 0
        ? html`<p>No pipeline finished a run in this span.</p>`
        : [
            table(
              "Pipelines with their last runs",
              columns,
              pipelines.map((one) => toRow(page, choice, one)),
            ),
            all,
          ],
    ),
    "Those that succeed least often first. A tall bar is a failure; the newest run is on the right.",
  );
}

function toRow(page: Page, choice: Choice, { group, runs }: Listed): readonly Content[] {
  const { project = null, pipeline = null, results, duration } = group;
  const { since, until } = choice.given;
  const names = { project: project ?? undefined, pipeline: pipeline ?? undefined };
  const toRuns = (more: Readonly<Record<string, string | undefined>>) =>
    page.links.toView("runs", { ...linkFilter(choice), ...linkSpan(choice.given), ...names, ...more });
  return [
    html`<a href="${page.links.toView("pipelines/one", { ...names, since, until })}">${pipelineName({ project, pipeline })}</a>`,
    resultStrip(page, runs),
    formatPercent(toSuccessRatio(results)),
    html`<a href="${toRuns({ result: "failure,error,timeout" })}">${formatCount(countFailures(results))}</a>`,
    html`<a href="${toRuns({})}">${formatCount(countRuns(results))}</a>`,
    [formatDuration(duration?.p50), html`<span class="sub">p95 ${formatDuration(duration?.p95)}</span>`],
  ];
}
