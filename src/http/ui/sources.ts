import type { ProviderName } from "../../adapters/index.ts";
import type { Config } from "../../config/index.ts";
import type { SourceStatus } from "../api/status.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table } from "./layout.ts";
import { formatAgo, formatCount, untrusted } from "./format.ts";
import type { Millis } from "../../core/time.ts";

export interface SourcesView {
  readonly sources: readonly SourceStatus[];
  /** The base URL of the page, with a slash at the end. */
  readonly base: string;
  /** Decides from where sources without a secret accept deliveries. */
  readonly trust: Pick<Config, "allowUnauthenticated" | "trustLocal">;
  readonly now: Millis;
}

export function sourcesSection(view: SourcesView): Html {
  const { sources, base, trust, now } = view;
  const rows = sources.map((source) => [
    html`${untrusted(source.name)}${source.provider !== null && source.provider !== source.name && html`<span class="sub">${source.provider}</span>`}`,
    formatAgo(source.lastDeliveryAt, now),
    acceptsFrom(source, trust),
    countRefused(source),
    source.deadLetters === 0 ? "0" : html`<span class="badge bad">${formatCount(source.deadLetters)}</span>`,
    source.configured ? html`<code>${base}webhooks/${source.name}</code>` : html`<span class="none">–</span>`,
  ]);
  const columns = [
    ["Source"],
    ["Last delivery"],
    ["Accepts from"],
    ["Refused", "number"],
    ["Dead letters", "number"],
    ["Webhook", "wide"],
  ] as const;
  return section("sources", "Sources", [table("Sources", columns, rows), refusedTable(view), connectSection(view)]);
}

function countRefused({ refused }: SourceStatus): Content {
  const count = refused.reduce((sum, one) => sum + one.count, 0);
  return count === 0 ? "0" : html`<span class="badge bad">${formatCount(count)}</span>`;
}

/** What was refused and why; nothing where nothing was. */
function refusedTable({ sources, now }: SourcesView): Content {
  const rows = sources.flatMap(({ name, refused }) =>
    refused.map(({ reason, count, lastAt, lastAddress }) => [
      untrusted(name),
      reason,
      formatCount(count),
      html`<code>${lastAddress}</code>`,
      formatAgo(lastAt, now),
    ]),
  );
  const columns = [["Source"], ["Reason"], ["Count", "number"], ["From", "wide"], ["Last", "number"]] as const;
  return (
    rows.length > 0 &&
    html`<h3>Refused since this process started</h3>
${table("Refused deliveries", columns, rows)}`
  );
}

function acceptsFrom({ configured, hasSecret }: SourceStatus, trust: SourcesView["trust"]): Content {
  if (!configured) return html`<span class="soft">not configured</span>`;
  if (hasSecret) return "secret holders";
  if (trust.allowUnauthenticated) return html`<span class="badge busy">anyone</span>`;
  return html`<span class="soft">${trust.trustLocal ? "localhost only" : "no sender (no secret)"}</span>`;
}

/** Short instructions for each provider; docs/providers/ has the details. */
function createHints(url: string): Readonly<Record<ProviderName, Content>> {
  const withSecret = url.replace("://", "://pipegauge:SECRET@");
  return {
    gitlab: html`Project or group → <b>Settings → Webhooks → Add new webhook</b>: URL <code>${url}</code>, the secret as signing or
      secret token, tick <b>Pipeline events</b> and <b>Job events</b>.`,
    tekton: html`ConfigMap <code>config-events</code> in <code>tekton-pipelines</code>: <code>formats: tektonv1</code> and
      <code>sink: ${url}?token=SECRET</code>.`,
    jenkins: html`Notification plugin, job → <b>Configure → Job Notifications → Add Endpoint</b>: format <b>JSON</b>, protocol
      <b>HTTP</b>, event <b>All Events</b>, URL <code>${withSecret}</code> out of a credential.`,
    github: html`Repository or organisation → <b>Settings → Webhooks → Add webhook</b>: payload URL <code>${url}</code>, content type
      <code>application/json</code>, the secret, events <b>Workflow runs</b> and <b>Workflow jobs</b>.`,
  };
}

function connectSection({ sources, base }: SourcesView): Html {
  const isFirst = sources.every(({ lastDeliveryAt }) => lastDeliveryAt === null);
  const listed = sources.filter(({ configured }) => configured);
  const local = /^https?:\/\/(localhost|127\.|\[::1\])/.test(base);
  return html`<details${isFirst ? html` open` : ""}><summary>Connect a source</summary>
<dl>${listed.map(({ name, provider }) => {
    const [, hint] = Object.entries(createHints(`${base}webhooks/${name}`)).find(([kind]) => kind === provider) ?? [];
    return html`<dt>${name}</dt><dd>${hint}</dd>\n`;
  })}</dl>
${local && html`<p class="note">This is the address you opened. Replace it with one that your CI system can reach.</p>`}
</details>`;
}

/** What a newcomer has done already. */
export interface Progress {
  readonly hasSecret: boolean;
  readonly hasDelivery: boolean;
  readonly hasRun: boolean;
}

/** The first steps, shown until the first run has arrived; what is done has a sign and a word. */
export function firstSteps(base: string, { hasSecret, hasDelivery, hasRun }: Progress): Html {
  const step = (isDone: boolean, text: Content) =>
    html`<li>${isDone ? html`<span class="badge good"><span aria-hidden="true">✓</span> done</span>` : html`<span class="badge quiet">to do</span>`}${text}</li>`;
  return section(
    "first",
    hasDelivery ? "No runs yet" : "No deliveries yet",
    html`<ol class="steps">
${step(
  hasSecret,
  html`Set a secret and a token, for example <code>PIPEGAUGE_GITLAB_SECRET=…</code> and <code>PIPEGAUGE_API_TOKEN=…</code>, and
restart the server. Without them it accepts only requests from this host.`,
)}
${step(
  hasDelivery,
  html`Enter the webhook URL below and the secret in your CI system, and send a test event. Every authenticated delivery
appears here, with the reason if it could not be parsed; what was refused is listed below.`,
)}
${step(hasRun, html`Let a pipeline run: its first delivery makes it appear.`)}
</ol>
<p class="more">Or explore with demo data: <code>pipegauge demo --url ${base}</code></p>`,
  );
}
