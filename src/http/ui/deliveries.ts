import type { DeliveryRow } from "../../core/store/index.ts";
import { formatAgo, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import type { Page } from "./view.ts";

const columns: readonly Column[] = [
  ["Source"],
  ["Outcome"],
  ["Reason"],
  ["Run", "wide"],
  ["Size", "number wide"],
  ["Received", "number"],
];

const tones: Readonly<Record<DeliveryRow["outcome"], string>> = {
  accepted: "good",
  ignored: "quiet",
  dead_letter: "bad",
};

/** The latest deliveries, and the latest dead letters even if many deliveries arrived since. */
export function deliveriesSection(page: Page, latest: readonly DeliveryRow[], dead: readonly DeliveryRow[]): Html {
  const { links } = page;
  const link = (outcome: DeliveryRow["outcome"] | undefined, text: string) =>
    html`<a href="${links.toView("deliveries", { outcome })}">${text}</a>`;
  if (latest.length === 0) return section("deliveries", "Deliveries", html`<p>No deliveries yet.</p>`);
  const content = [
    deliveryTable(page, latest),
    dead.length > 0 && [html`<h3>Latest dead letters</h3>\n`, deliveryTable(page, dead, "Dead letters"), replayHint],
    html`<p class="more">${link("dead_letter", "Dead letters")} · ${link("ignored", "ignored")} · ${link(undefined, "all deliveries")}</p>`,
  ];
  return section("deliveries", "Deliveries", content, "The latest authenticated deliveries and their outcomes.");
}

const replayHint = html`<p class="more">After an upgrade, <code>pipegauge replay --dead</code> processes them again, and so does
the button in the view of each.</p>`;

/** Deliveries, each with links to its own view and to its run. */
export function deliveryTable(page: Page, deliveries: readonly DeliveryRow[], caption = "Deliveries"): Html {
  const rows = deliveries.map((delivery): readonly Content[] => [
    untrusted(delivery.source),
    outcomeBadge(delivery.outcome),
    delivery.reason === null ? "" : untrusted(delivery.reason, 200),
    runLink(page, delivery),
    formatBytes(delivery.bytes),
    html`<a href="${page.links.toView(`deliveries/${delivery.id}`)}">${formatAgo(delivery.receivedAt, page.now)}</a>`,
  ]);
  return table(caption, columns, rows);
}

/** The list of runs with this id: of one source it is one run. */
function runLink({ links }: Page, { source, run }: DeliveryRow): Content {
  return run !== null && html`<a href="${links.toView("runs", { source, native_id: run })}">${untrusted(run, 24)}</a>`;
}

export function outcomeBadge(outcome: DeliveryRow["outcome"]): Html {
  return html`<span class="badge ${tones[outcome]}">${outcome.replace("_", " ")}</span>`;
}

export function formatBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
