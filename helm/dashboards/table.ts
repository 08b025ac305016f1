import type { DataLink, Override, PanelPlan, Threshold, Transformation } from "./model.ts";
import { plan, type Common, type Unit } from "./panels.ts";

interface Column {
  readonly name: string;
  readonly unit: Unit;
  readonly thresholds?: readonly Threshold[];
}

interface TableSpec extends Omit<Common, "unit" | "overrides"> {
  /** What the queries say, in their order. */
  readonly columns: readonly [Column, ...Column[]];
  /** Labels that are shown, from the left. */
  readonly labels: readonly string[];
  /** Where a click on the value of a label leads. */
  readonly labelLinks?: Readonly<Record<string, readonly DataLink[]>>;
  /** The column that orders the rows, its greatest value first. Default: the first one. */
  readonly sortBy?: string;
}

/** A row for each set of labels, with what every query says about it. */
export function table({ columns, labels, labelLinks = {}, sortBy, ...spec }: TableSpec): PanelPlan {
  const overrides: Override[] = [
    ...columns.map(({ name, unit, thresholds }) => column(name, unit, thresholds)),
    ...Object.entries(labelLinks).map(
      ([label, value]): Override => ({
        matcher: { id: "byName", options: label },
        properties: [{ id: "links", value }],
      }),
    ),
  ];
  const options = {
    showHeader: true,
    cellHeight: "sm",
    footer: { show: false, reducer: ["sum"], countRows: false },
    sortBy: [{ displayName: sortBy ?? columns[0].name, desc: true }],
  };
  const custom = { align: "auto", cellOptions: { type: "auto" }, filterable: true };
  const panel = plan("table", { ...spec, unit: columns[0].unit, overrides }, custom, options, 9);
  // SQL names its columns itself.
  return spec.datasource === undefined ? { ...panel, transformations: merged(columns, labels) } : panel;
}

function column(name: string, unit: Unit, steps: readonly Threshold[] | undefined): Override {
  const inColour = [
    { id: "thresholds", value: { mode: "absolute", steps } },
    { id: "custom.cellOptions", value: { type: "color-text" } },
    { id: "color", value: { mode: "thresholds" } },
  ];
  return {
    matcher: { id: "byName", options: name },
    properties: [{ id: "unit", value: unit }, ...(steps === undefined ? [] : inColour)],
  };
}

/** One table out of several; Grafana names a value after its query, and plainly `Value` where there is but one. */
function merged(columns: TableSpec["columns"], labels: readonly string[]): Transformation[] {
  const values = columns.map(({ name }, i) => [`Value #${String.fromCodePoint(65 + i)}`, name] as const);
  const order = [...labels, ...values.map(([value]) => value)];
  return [
    { id: "merge", options: {} },
    {
      id: "organize",
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, i) => [name, i])),
        renameByName: Object.fromEntries([["Value", columns[0].name], ...values]),
      },
    },
  ];
}
