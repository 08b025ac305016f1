import { createHash } from "node:crypto";
import type { ExportColumn } from "./columns.ts";
import type { DayFileFormat } from "./day-file.ts";
import { createCsvEncoder, createJsonEncoder } from "./encode-rows.ts";
import { createParquetConverter } from "./parquet.ts";
import type { ExportArguments } from "./parse-arguments.ts";

/** How the files of a format are written. */
export async function createFormat<T>(
  columns: readonly ExportColumn<T>[],
  { format, escapeFormulas }: ExportArguments,
): Promise<DayFileFormat<T>> {
  if (format === "jsonl") return { encoder: createJsonEncoder(columns) };
  const encoder = createCsvEncoder(columns, { escapeFormulas });
  return format === "csv" ? { encoder } : { encoder, convert: await createParquetConverter(columns) };
}

/** What decides how a row is written: files of another layout are written again. */
export function describeLayout(columns: readonly ExportColumn<never>[], { escapeFormulas }: ExportArguments): string {
  const names = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  return createHash("sha256").update(`${names}; ${escapeFormulas}`).digest("hex").slice(0, 16);
}
