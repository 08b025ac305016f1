/**
 * The parts of Grafana's dashboard JSON (schema 39, Grafana 11 and later) that ours use.
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */

export interface DataSource {
  readonly type: "prometheus" | "grafana-postgresql-datasource";
  /** A template variable, so that a dashboard fits every Grafana. */
  readonly uid: string;
}

/** A query of a panel; `refId` is given when the panel is made. */
export type Query = PromQuery | SqlQuery;

export interface PromQuery {
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly format: "time_series" | "table" | "heatmap";
  readonly exemplar: boolean;
}

export interface SqlQuery {
  readonly rawSql: string;
  readonly rawQuery: true;
  readonly editorMode: "code";
  readonly format: "table" | "time_series";
}

export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

export interface Threshold {
  readonly color: string;
  /** From here on; `null` is minus infinity. */
  readonly value: number | null;
}

export interface Override {
  readonly matcher: { readonly id: "byName" | "byRegexp"; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Transformation {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

interface GridPosition {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

/** A panel without its place. */
export interface PanelPlan {
  readonly type: "stat" | "timeseries" | "table" | "heatmap" | "bargauge";
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSource;
  readonly targets: readonly (Query & { readonly refId: string; readonly datasource: DataSource })[];
  readonly fieldConfig: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly overrides: readonly Override[];
  };
  readonly options: Readonly<Record<string, unknown>>;
  /** The shortest step of its queries. */
  readonly interval?: string;
  readonly transformations?: readonly Transformation[];
  readonly size: { readonly width: number; readonly height: number };
}

export type Panel = Omit<PanelPlan, "size"> & { readonly id: number; readonly gridPos: GridPosition };

/** A heading over the panels that follow. */
export interface Row {
  readonly id: number;
  readonly type: "row";
  readonly title: string;
  readonly collapsed: false;
  readonly gridPos: GridPosition;
  readonly panels: readonly [];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: "custom" | "datasource" | "query" | "textbox";
  readonly [more: string]: unknown;
}

export interface DashboardLink {
  readonly title: string;
  readonly type: "dashboards" | "link";
  readonly [more: string]: unknown;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: 39;
  readonly version: 1;
  readonly editable: true;
  readonly graphTooltip: 1;
  readonly refresh: string;
  readonly timezone: "browser";
  readonly time: { readonly from: string; readonly to: "now" };
  readonly annotations: { readonly list: readonly [] };
  readonly links: readonly DashboardLink[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly (Panel | Row)[];
}
