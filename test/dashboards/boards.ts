import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

interface Target {
  readonly refId: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly rawSql?: string;
  readonly format: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly overrides: readonly { readonly matcher: { readonly options: string }; readonly properties: unknown }[];
  };
  readonly transformations?: readonly { readonly id: string; readonly options: Readonly<Record<string, unknown>> }[];
  readonly interval?: string;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly datasource?: { readonly uid: string };
  readonly query: string | { readonly query: string };
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly options?: readonly { readonly value: string }[];
}

/** A dashboard as Grafana reads it. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly links: readonly { readonly type: string; readonly url: string; readonly tags: readonly string[] }[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

/** Where the chart keeps the dashboards. */
export const boardsFolder = fileURLToPath(new URL("../../helm/pipegauge/dashboards", import.meta.url));

/** The files as they are committed, by name. */
export const boards: ReadonlyMap<string, Board> = new Map(
  readdirSync(boardsFolder)
    .toSorted()
    .map((file) => [file, JSON.parse(readFileSync(join(boardsFolder, file), "utf8")) as Board]),
);

/** One query of a panel. */
export interface PanelQuery {
  readonly board: Board;
  readonly panel: Panel;
  readonly target: Target;
  /** For the name of a test. */
  readonly what: string;
}

/** Every query of every panel in one language. */
export function queriesIn(language: "expr" | "rawSql"): PanelQuery[] {
  return [...boards.values()].flatMap((board) =>
    board.panels.flatMap((panel) =>
      (panel.targets ?? [])
        .filter((target) => target[language] !== undefined)
        .map((target) => ({ board, panel, target, what: `${board.title}, ${panel.title} (${target.refId})` })),
    ),
  );
}

/** The text of a variable's query. */
export function getQuery({ query }: Variable): string {
  return typeof query === "string" ? query : query.query;
}
