import { readFileSync } from "node:fs";
import type { Engine } from "../../src/core/store/db/rowset.ts";

const page = readFileSync(new URL("../../docs/grafana-legacy.md", import.meta.url), "utf8");
const languages: Readonly<Record<Engine, string>> = { postgres: "sql", sqlite: "sqlite" };

/** The time that the panels look at, epoch milliseconds. */
export const from = Date.UTC(2026, 10, 1);
const to = Date.UTC(2026, 10, 20);

/** The queries of docs/grafana-legacy.md, in its order. */
export function panels(engine: Engine): string[] {
  const blocks = new RegExp(`\`\`\`${languages[engine]}\\n(.*?)\`\`\``, "gs");
  return [...page.matchAll(blocks)].map(([, text = ""]) => text);
}

/** What Grafana makes of them before it sends them. */
export function expandedPanels(engine: Engine, project: string): string[] {
  const iso = (millis: number) => new Date(millis).toISOString().replace(".000", "");
  return panels(engine).map((sql) =>
    sql
      .replaceAll("$__timeFilter(created_at)", `created_at BETWEEN '${iso(from)}' AND '${iso(to)}'`)
      .replaceAll("$__from", String(from))
      .replaceAll("$__to", String(to))
      .replaceAll("$project", project),
  );
}
