import type { Dashboard, DashboardLink, Panel, PanelPlan, Row, Variable } from "./model.ts";
import { baseUrl } from "./variables.ts";

/** Columns of Grafana's grid. */
const columns = 24;

export interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly links?: readonly DashboardLink[];
  /** Headings, and the panels below them in the order of reading. */
  readonly sections: readonly { readonly title: string; readonly panels: readonly PanelPlan[] }[];
}

/** A dashboard whose panels have their places and numbers. */
export function dashboard({ uid, title, description, tags, from, variables, links = [], sections }: DashboardPlan) {
  return {
    uid,
    title,
    description,
    tags: ["pipegauge", ...tags],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "1m",
    timezone: "browser",
    time: { from, to: "now" },
    annotations: { list: [] },
    links: [others, ...links],
    templating: { list: variables },
    panels: placed(sections),
  } satisfies Dashboard;
}

/** The other dashboards, with the same time and variables. */
const others: DashboardLink = {
  title: "Pipegauge",
  type: "dashboards",
  tags: ["pipegauge"],
  asDropdown: false,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
  icon: "external link",
  tooltip: "",
  url: "",
};

/** A link at the top of a dashboard to what Pipegauge itself shows. `path` begins with a slash. */
export function ownLink(title: string, path: string, tooltip: string): DashboardLink {
  return {
    title,
    type: "link",
    tags: [],
    asDropdown: false,
    includeVars: false,
    keepTime: false,
    targetBlank: true,
    icon: "bolt",
    tooltip,
    url: `\${${baseUrl.name}}${path}`,
  };
}

/** From left to right, from top to bottom; a panel for which a line has no room begins the next one. */
function placed(sections: DashboardPlan["sections"]): (Panel | Row)[] {
  const all: (Panel | Row)[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    all.push({ id: all.length + 1, type: "row", title, collapsed: false, gridPos: at(0, y, columns, 1), panels: [] });
    y += 1;
    let [x, lineHeight] = [0, 0];
    for (const { size, ...panel } of panels) {
      if (x + size.width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
      all.push({ id: all.length + 1, ...panel, gridPos: at(x, y, size.width, size.height) });
      x += size.width;
      lineHeight = Math.max(lineHeight, size.height);
    }
    y += lineHeight;
  }
  return all;
}

function at(x: number, y: number, w: number, h: number) {
  return { h, w, x, y };
}
