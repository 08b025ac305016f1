import type { ExportedRows, ExportKind } from "../../core/store/maintenance/index.ts";
import { changeFields } from "../../http/api/code-changes.ts";
import { deploymentFields } from "../../http/api/deployments.ts";
import { time, type Field } from "../../http/api/fields.ts";
import { runJobFields } from "../../http/api/jobs.ts";
import { pushFields } from "../../http/api/pushes.ts";
import { runFields } from "../../http/api/runs.ts";

export type ColumnType = "TIMESTAMP" | "DOUBLE" | "BIGINT" | "BOOLEAN" | "VARCHAR" | "JSON";

/** A column of the files: a field of the read API. */
export interface ExportColumn<T> {
  readonly name: string;
  /** In the words of DuckDB's SQL. A value of type `JSON` is a list or an object. */
  readonly type: ColumnType;
  readonly get: (item: T) => unknown;
}

const types: Readonly<Record<string, ColumnType>> = {
  string: "VARCHAR",
  integer: "BIGINT",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  object: "JSON",
  array: "JSON",
};

/** One list of fields makes the answers of the API, its schema, and these columns. */
export const exportColumns: { readonly [K in ExportKind]: readonly ExportColumn<ExportedRows[K]>[] } = {
  runs: toColumns(runFields),
  jobs: toColumns(runJobFields),
  deployments: toColumns(deploymentFields),
  changes: toColumns(changeFields),
  pushes: toColumns(pushFields),
};

function toColumns<T>(fields: readonly Field<T>[]): ExportColumn<T>[] {
  return fields.map(([name, get, schema]) => ({ name, get, type: toColumnType(schema) }));
}

/** The type of a field's values by its schema; one that lists its values has texts. */
function toColumnType({ type = "string", pattern }: Field<never>[2]): ColumnType {
  if (pattern === time["pattern"]) return "TIMESTAMP";
  const names: readonly unknown[] = [type].flat();
  const name = names.find((one) => one !== "null");
  const found = types[String(name)];
  if (found === undefined) throw new Error(`a field of type ${String(name)} cannot be exported`);
  return found;
}
