import type { ExporterEntry } from "../config/exporters.ts";
import { fail, succeed, type Result } from "../core/result.ts";

/** A query as an exporter's arguments. */
export interface ExporterArguments {
  readonly args: readonly string[];
  readonly debug: boolean;
}

/**
 * The pairs of a query in their order, each as key and value, a pair without a value as the key alone. `debug` is for the
 * server. An argument that the entry does not allow is refused: without it the exporter would measure something else.
 */
export function parseExporterArguments(
  { name, command = [], arguments: allowed = false }: ExporterEntry,
  query: URLSearchParams,
): Result<ExporterArguments> {
  const args: string[] = [];
  const areAmongOwn = command.includes("{arguments}");
  for (const [key, value] of query) {
    if (key === "debug") continue;
    if (/\0/.test(key + value)) return fail("an argument holds a NUL character");
    const isAllowed = typeof allowed === "boolean" ? allowed : allowed.includes(key);
    if (!isAllowed)
      return fail(
        `exporter ${name} takes no argument ${JSON.stringify(key.slice(0, 60))}: "arguments" of its entry allows it`,
      );
    // There is no "--" before it, so the program would parse it as its own option, such as where to write.
    if (areAmongOwn && value.startsWith("-"))
      return fail(`the value of ${key} begins with "-", which exporter ${name} would take for an option`);
    args.push(key, ...(value === "" ? [] : [value]));
  }
  return succeed({ args, debug: query.has("debug") });
}
