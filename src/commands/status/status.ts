import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { formatAge, formatCount, formatSeconds, getItems, getNumber, getString, type Item } from "../reading/format.ts";
import { formatTable, type Column } from "../reading/table.ts";
import { showSafely } from "../../text/terminal-text.ts";

export async function answerStatus({ read, now, options, server }: ReadingCall): Promise<Answer> {
  const document = await read("status");
  const columns: readonly Column<Item>[] = [
    { title: "SOURCE", get: (source) => getString(source, "name"), least: 12 },
    { title: "PROVIDER", get: (source) => getString(source, "provider") || "-", drop: 3 },
    { title: "SECRET", get: (source) => (source["has_secret"] === true ? "yes" : "no"), drop: 2 },
    { title: "LAST DELIVERY", get: (source) => formatAge(getString(source, "last_delivery_at"), now) },
    { title: "DEAD LETTERS", align: "right", get: (source) => formatCount(getNumber(source, "dead_letters")) },
    { title: "REFUSED", get: (source) => describeRefused(source, now), least: 16, drop: 1 },
  ];
  const lines = () => [
    `Pipegauge ${showSafely(getString(document, "version"))} at ${server.url.href}, up for ${formatSeconds(getNumber(document, "uptime_seconds"))},` +
      ` on ${showSafely(getString(document, "database"))}, ${formatCount(getNumber(document, "queue_length"))} deliveries waiting`,
    describeSeries(document),
    "",
    ...formatTable(columns, getItems(document, "sources"), options),
  ];
  return { document, lines };
}

function describeSeries(document: Item): string {
  const used = Math.max(0, ...getItems(document, "series").map((one) => getNumber(one, "used") ?? 0));
  const cut = getItems(document, "cut_projects").length;
  const budget = `series: ${formatCount(used)} of ${formatCount(getNumber(document, "series_budget"))} in the fullest metric`;
  return cut === 0 ? budget : `${budget}; ${cut} projects reached their share, see the page`;
}

function describeRefused(source: Item, now: number): string {
  const refused = getItems(source, "refused");
  const [latest] = refused;
  if (latest === undefined) return "-";
  const count = refused.reduce((sum, one) => sum + (getNumber(one, "count") ?? 0), 0);
  return `${formatCount(count)}, ${formatAge(getString(latest, "last_at"), now)}: ${getString(latest, "reason")}`;
}
