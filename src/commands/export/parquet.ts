import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError, readMessage } from "../../core/errors.ts";
import type { ExportColumn } from "./columns.ts";

/** As much of the package as is used: it is optional, so its own types may be missing. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<DuckDbInstance>;
  };
}
interface DuckDbInstance {
  connect(): Promise<{ run(sql: string): Promise<unknown>; closeSync(): void }>;
  closeSync(): void;
}

const packageName = "@duckdb/node-api";
const manifestUrl = new URL("../../../package.json", import.meta.url);

/** Turns CSV files with these columns into Parquet. Throws `config` where the package that does it is not installed. */
export async function createParquetConverter(
  columns: readonly ExportColumn<never>[],
): Promise<(from: string, to: string) => Promise<void>> {
  const { DuckDBInstance } = await loadDuckDb();
  return async (from, to) => {
    const instance = await DuckDBInstance.create(":memory:", settings);
    try {
      const connection = await instance.connect();
      await connection.run(buildConversionSql(columns, from, to));
      connection.closeSync();
    } catch (error) {
      throw new AppError("unavailable", `cannot write ${to}: ${readMessage(error)}`, { cause: error });
    } finally {
      instance.closeSync();
    }
  };
}

/** One thread, so that a server on this machine keeps its processor, and nothing is downloaded or loaded. */
const settings = {
  threads: "1",
  memory_limit: "512MB",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
};

async function loadDuckDb(): Promise<DuckDb> {
  try {
    // The name is no literal, so that the program compiles without the package.
    return (await import(packageName)) as DuckDb;
  } catch (error) {
    const install = `npm install --no-save ${packageName}@${readWantedVersion()}`;
    const remedy = `call "${install}" in ${fileURLToPath(new URL(".", manifestUrl))}, or choose --format csv or jsonl`;
    const [reason] = readMessage(error).split("\n");
    throw new AppError("config", `--format parquet needs the package ${packageName}: ${remedy} (${reason ?? ""})`, {
      cause: error,
    });
  }
}

function readWantedVersion(): string {
  const manifest = JSON.parse(readFileSync(manifestUrl, "utf8")) as {
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  return manifest.optionalDependencies[packageName] ?? "latest";
}

/**
 * An empty field is null and `""` an empty text, as our CSV has it. Lists and objects stay JSON in a text, which every reader takes.
 * https://duckdb.org/docs/stable/data/csv/overview
 */
function buildConversionSql(columns: readonly ExportColumn<never>[], from: string, to: string): string {
  const types = columns.map(({ name, type }) => `${quoteText(name)}: '${type === "JSON" ? "VARCHAR" : type}'`);
  const dialect = `auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n',
    nullstr = '', allow_quoted_nulls = false, timestampformat = '%Y-%m-%dT%H:%M:%S.%gZ'`;
  // In brackets, characters of a path that would be a pattern stand for themselves.
  const path = quoteText(from.replaceAll(/[*?[]/g, "[$&]"));
  return `copy (select * from read_csv(${path}, ${dialect}, columns = {${types.join(", ")}}))
    to ${quoteText(to)} (format parquet, compression zstd)`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
