import type { DeliveryRow } from "../../core/store/index.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { formatAgo, untrusted } from "./format.ts";
import type { Page } from "./view.ts";

const columns: readonly Column[] = [
  ["Source"],
  ["Outcome"],
  ["Reason"],
  ["Size", "number wide"],
  ["Received", "number"],
];

const tones: Readonly<Record<DeliveryRow["outcome"], string>> = {
  accepted: "good",
  ignored: "quiet",
  dead_letter: "bad",
};

/** The latest deliveries, and the latest dead letters even if many deliveries arrived since. */
export function deliveriesSection(
  { links, now }: Page,
  latest: readonly DeliveryRow[],
  dead: readonly DeliveryRow[],
): Html {
  const link = (query: string, text: string) =>
    html`<a href="${links.toServer(`api/v1/deliveries${query}`)}">${text}</a>`;
  if (latest.length === 0) return section("deliveries", "Deliveries", html`<p>No deliveries yet.</p>`);
  const content = [
    table(
      "Deliveries",
      columns,
      latest.map((delivery) => toRow(delivery, now)),
    ),
    dead.length > 0 &&
      html`<h3>Latest dead letters</h3>
${table(
  "Dead letters",
  columns,
  dead.map((delivery) => toRow(delivery, now)),
)}
<p class="more">After an upgrade, <code>pipegauge replay --dead</code> processes them again.</p>`,
    html`<p class="more">${link("?outcome=dead_letter", "Dead letters")} · ${link("?outcome=ignored", "ignored")} ·
${link("", "all deliveries")} as JSON</p>`,
  ];
  return section("deliveries", "Deliveries", content, "The latest authenticated deliveries and their outcomes.");
}

function toRow({ source, outcome, reason, bytes, receivedAt }: DeliveryRow, now: Page["now"]): readonly Content[] {
  return [
    untrusted(source),
    html`<span class="badge ${tones[outcome]}">${outcome.replace("_", " ")}</span>`,
    reason === null ? "" : untrusted(reason, 200),
    bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`,
    formatAgo(receivedAt, now),
  ];
}
