import { computeWastedSeconds, type WasteDimension } from "../../answers/waste-groups.ts";
import { toIsoDate } from "../api/summary.ts";
import { formatCost, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { table, type Column } from "./layout.ts";
import type { Query } from "./span.ts";
import type { Page } from "./view.ts";
import { causeBar, type WasteGroup } from "./waste-groups.ts";

/** What the table may be grouped by. */
export const groupings = {
  project: { word: "project", dimensions: ["project"] },
  pipeline: { word: "pipeline", dimensions: ["project", "pipeline"] },
  job: { word: "job", dimensions: ["project", "pipeline", "stage", "job"] },
  runner_class: { word: "runner class", dimensions: ["runner_class"] },
  day: { word: "day", dimensions: ["day"] },
} as const satisfies Readonly<
  Record<string, { readonly word: string; readonly dimensions: readonly [WasteDimension, ...WasteDimension[]] }>
>;

export type Grouping = keyof typeof groupings;

export function wasteTable(page: Page, groups: readonly WasteGroup[], by: Grouping, given: Query): Content {
  if (groups.length === 0) return html`<p>No job ended in this span.</p>`;
  const isPriced = groups.some(({ cost }) => cost !== null);
  const columns: readonly Column[] = [
    [groupings[by].word.replace(/^./, (letter) => letter.toUpperCase())],
    ["Causes", "wide"],
    ["Wasted", "number"],
    ["Share", "number"],
    ["All work", "number"],
    ...(isPriced ? ([["Wasted cost", "number"]] as const) : []),
    ["Worst run", "number"],
  ];
  return table(
    "Waste by group",
    columns,
    groups.map((group) => [
      nameGroup(page, group, by, given),
      causeBar(group),
      formatDuration(computeWastedSeconds({ ...group, names: {} })),
      formatShare(group.totalSeconds === 0 ? null : computeWastedSeconds({ ...group, names: {} }) / group.totalSeconds),
      formatDuration(group.totalSeconds),
      ...(isPriced ? [group.wastedCost === null ? "" : formatCost(group.wastedCost)] : []),
      group.runIds[0] === undefined
        ? ""
        : html`<a href="${page.links.toView(`runs/${group.runIds[0]}`)}">run ${group.runIds[0]}</a>`,
    ]),
  );
}

function nameGroup({ links }: Page, { names }: WasteGroup, by: Grouping, { since, until }: Query): Content {
  if (names === undefined) return html`<span class="soft">all others</span>`;
  const read = (dimension: WasteDimension) => {
    const value = names[dimension];
    return typeof value === "string" ? value : undefined;
  };
  const [project, pipeline] = [read("project"), read("pipeline")];
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the last one is the default, so that it always returns
  switch (by) {
    case "day":
      return toIsoDate(Number(names.day ?? 0));
    case "runner_class":
      return link(links.toView("runners", { runner_class: read("runner_class"), since, until }), read("runner_class"));
    case "project":
      return link(links.toView("runs", { project }), project);
    case "pipeline":
      return [
        link(links.toView("pipelines/one", { project, pipeline, since, until }), pipeline ?? project),
        below([pipeline === project ? undefined : project]),
      ];
    default:
      return [
        link(
          links.toView("jobs/one", { project, pipeline, stage: read("stage"), job_name: read("job"), since, until }),
          read("job"),
        ),
        below([project, pipeline === project ? undefined : pipeline, read("stage")]),
      ];
  }
}

function link(address: string, name: string | undefined): Html {
  return html`<a href="${address}">${untrusted(name ?? "without a name", 60)}</a>`;
}

function below(names: readonly (string | undefined)[]): Content {
  const given = names.filter((name) => name !== undefined);
  return given.length > 0 && html`<span class="sub">${untrusted(given.join(" · "), 80)}</span>`;
}
