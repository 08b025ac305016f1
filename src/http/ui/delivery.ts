import { AppError } from "../../core/errors.ts";
import type { StoredDeliveryDetail, StoredRun } from "../../core/store/index.ts";
import { replayResults, type Replayed } from "../../ingest/replay-delivery.ts";
import { createChoice } from "../api/parameters.ts";
import { createParameterParser, parseId } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import type { Services } from "../services.ts";
import { formatBytes, outcomeBadge } from "./deliveries.ts";
import { formatTime, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section } from "./layout.ts";
import { stateCell } from "./run-table.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parseQuery = createParameterParser({ replayed: createChoice(replayResults, "What a replay just resulted in") });

/** Characters of a body that are shown. */
const shownMax = 65_536;

/** One delivery: what it was, what became of it, and its body where that is stored. */
export const deliveryView: View = { path: "deliveries/:id", render: renderDelivery };

/** Throws `invalid` for an id that is none, and `not_found`. */
export async function findStoredDelivery({ store }: Services, id: string): Promise<StoredDeliveryDetail> {
  const found = await store.read("delivery", { id: parseId(id) });
  if (found === undefined) throw new AppError("not_found", `delivery ${id} not found (never existed or expired)`);
  return found;
}

async function renderDelivery(page: Page, { path, query }: ViewRequest): Promise<Html> {
  const { replayed } = parseQuery(query, page.now);
  const delivery = await findStoredDelivery(page.services, path["id"] ?? "");
  const { source, run: nativeId } = delivery;
  const runs =
    nativeId === null ? [] : (await findRuns(page.services, { source, native_id: nativeId, limit: 1 })).items;
  return layout(page, { title: `Delivery ${delivery.id}`, current: "sources" }, [
    replayed !== undefined && section("replayed", "Replayed", html`<p role="status">${describeReplay[replayed]}</p>`),
    factsSection(page, delivery, runs[0]),
    bodySection(page, delivery),
  ]);
}

const describeReplay: Readonly<Record<Replayed, string>> = {
  accepted: "It was understood now, and what it states was counted if it was not before.",
  ignored: "It was understood now, and is about neither runs nor code.",
  dead_letter: "It is still not understood: the reason is below.",
  duplicate: "It had been received again and understood meanwhile.",
  unknown: "Nothing was done: no adapter has the name of its provider.",
  incomplete: "Nothing was done: only a part of its body is stored, or the body was changed before it was stored.",
};

function factsSection({ links }: Page, delivery: StoredDeliveryDetail, run: StoredRun | undefined): Html {
  const { source, provider, headers, outcome, reason, receivedAt, bytes } = delivery;
  const event = Object.entries(headers ?? {}).find(([name]) => /^(x-gitlab-event|x-github-event|ce-type)$/.test(name));
  const facts: readonly (readonly [name: string, value: Content])[] = [
    ["Source", [untrusted(source, 40), provider !== source && html` <span class="soft">${provider}</span>`]],
    ["Received", [formatTime(receivedAt), " UTC"]],
    ["Event", event !== undefined && untrusted(event[1])],
    ["Size", formatBytes(bytes)],
    ["Run", delivery.run !== null && [runName(links, delivery.run, run)]],
  ];
  const shown = facts.filter(([, value]) => value !== false);
  return section("delivery", `Delivery ${delivery.id}`, [
    html`<p>${outcomeBadge(outcome)} ${reason !== null && untrusted(reason, 500)}</p>`,
    html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`,
  ]);
}

function runName(links: Page["links"], nativeId: string, run: StoredRun | undefined): Content {
  if (run === undefined) return untrusted(nativeId, 40);
  const name = [run.project ?? run.pipeline ?? "run", run.number ?? run.nativeId].join(" ");
  return [html`<a href="${links.toView(`runs/${run.id}`)}">${untrusted(name)}</a> `, stateCell(run)];
}

/** Bodies name people and code: they are for those who proved that they may read them. */
function bodySection(page: Page, { id, headers, body, kept, outcome }: StoredDeliveryDetail): Html {
  const title = "Body";
  if (body === null)
    return section(
      "body",
      title,
      html`<p>It is not stored: bodies of dead letters are, up to <code>PIPEGAUGE_DEAD_LETTER_BYTES</code>, and all of a source with
<code>keepBodies</code>.</p>`,
    );
  if (page.reader === "none")
    return section("body", title, html`<p>It is stored, and shown where <code>PIPEGAUGE_API_TOKEN</code> is set.</p>`);
  const cut = body.length > shownMax && html`<p class="more">Only the first ${shownMax} characters are shown.</p>`;
  const names = Object.entries(headers ?? {}).filter(([name]) => !name.startsWith(":"));
  return section(
    "body",
    title,
    [
      replayForm(page, id, kept),
      outcome === "dead_letter" ? "" : html`<p class="note">Stored because of <code>keepBodies</code>.</p>`,
      names.length > 0 && html`<pre>${names.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>`,
      html`<pre>${body.slice(0, shownMax).toWellFormed()}</pre>`,
      cut,
    ],
    "As it is stored: without secrets and e-mail addresses.",
  );
}

function replayForm({ links }: Page, id: number, kept: boolean): Html {
  if (!kept)
    return html`<p>It cannot be replayed: only a part of it is stored, or it was changed before it was stored.</p>`;
  return html`<form method="post" action="${links.toView(`deliveries/${id}/replay`)}">
<button>Replay</button> <span class="soft">parses it again with this version; nothing counts twice</span>
</form>`;
}
