import type { ExporterEntry } from "../config/exporters.ts";

/** A query as an exporter's arguments. */
export type ReadArguments =
  | { readonly ok: true; readonly args: readonly string[]; readonly debug: boolean }
  | { readonly ok: false; readonly problem: string };

/**
 * The pairs of a query in their order, each as key and value, a pair without a value as the key alone. `debug` is for the
 * server. What the entry does not allow is refused: an exporter that ran without it would answer another question.
 */
export function readArguments(
  { name, arguments: allowed = false }: ExporterEntry,
  query: URLSearchParams,
): ReadArguments {
  const args: string[] = [];
  for (const [key, value] of query) {
    if (key === "debug") continue;
    if (/\0/.test(key + value)) return { ok: false, problem: "an argument holds a NUL character" };
    const isAllowed = typeof allowed === "boolean" ? allowed : allowed.includes(key);
    if (!isAllowed)
      return {
        ok: false,
        problem: `exporter ${name} takes no argument ${JSON.stringify(key.slice(0, 60))}: "arguments" of its entry allows it`,
      };
    args.push(key, ...(value === "" ? [] : [value]));
  }
  return { ok: true, args, debug: query.has("debug") };
}
