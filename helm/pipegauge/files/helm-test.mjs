// What `helm test` runs: sends a delivery that is about no run, signed as its provider's senders do, and reads the metrics. The server stores
// that it ignored the delivery; no run, no series and no total comes of it. Reads SERVER_URL, SOURCE, PROVIDER, and where there are such
// files SECRET_FILE and METRICS_TOKEN_FILE.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const {
  SERVER_URL: server = "",
  SOURCE: source = "",
  PROVIDER: provider = "",
  SECRET_FILE,
  METRICS_TOKEN_FILE,
} = process.env;
const secret = firstIn(SECRET_FILE);
const token = firstIn(METRICS_TOKEN_FILE);
const url = `${server}/webhooks/${source}`;

/**
 * Of the secrets in a file any will do; one that is being replaced stands last.
 * @param {string | undefined} path
 */
function firstIn(path) {
  return path === undefined ? undefined : readFileSync(path, "utf8").split(/[,\n]/)[0]?.trim();
}

/** @typedef {{ body: string, headers: Record<string, string> }} Sample */

/**
 * Of a kind that GitLab does not have, because it has no ping: its own test deliveries are about runs.
 * @returns {Sample}
 */
function gitlab() {
  const body = JSON.stringify({ object_kind: "pipegauge_test", sent: randomUUID() });
  const headers = { "x-gitlab-event": "Pipegauge Test Hook" };
  if (secret === undefined) return { body, headers };
  if (!secret.startsWith("whsec_")) return { body, headers: { ...headers, "x-gitlab-token": secret } };
  const [name, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const digest = createHmac("sha256", key).update(`${name}.${at}.${body}`).digest("base64");
  const signed = { "webhook-id": name, "webhook-timestamp": at, "webhook-signature": `v1,${digest}` };
  return { body, headers: { ...headers, ...signed } };
}

/**
 * What GitHub sends when a webhook is created: https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping
 * @returns {Sample}
 */
function github() {
  const body = JSON.stringify({ zen: "helm test", hook_id: 1, hook: { type: "Repository", events: ["workflow_run"] } });
  const digest = createHmac("sha256", secret ?? "")
    .update(body)
    .digest("hex");
  const signed = secret === undefined ? {} : { "x-hub-signature-256": `sha256=${digest}` };
  return { body, headers: { "x-github-event": "ping", "x-github-delivery": randomUUID(), ...signed } };
}

/**
 * A CloudEvent of a type that neither Tekton nor Jenkins has.
 * @returns {Sample}
 */
function cloudEvent() {
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-source": "/pipegauge/helm-test",
    "ce-type": "dev.pipegauge.test.v1",
    "ce-time": new Date().toISOString(),
  };
  return { body: JSON.stringify({ sent: randomUUID() }), headers: { ...headers, ...bearer(secret) } };
}

/** @param {string | undefined} value
 * @returns {Record<string, string>} */
function bearer(value) {
  return value === undefined ? {} : { authorization: `Bearer ${value}` };
}

/** @param {string} body
 * @param {Record<string, string>} headers */
async function post(body, headers) {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) });
  return { status: answer.status, text: await answer.text() };
}

/** Throws where the metrics cannot be read, or the server cannot read its database. */
async function checkMetrics() {
  const init = { headers: bearer(token), signal: AbortSignal.timeout(15_000) };
  const answer = await fetch(`${server}/metrics`, init);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`GET /metrics answered ${answer.status}: ${text.slice(0, 200)}`);
  if (!/^pipegauge_collector_success 1$/m.test(text))
    throw new Error("GET /metrics: pipegauge_collector_success is not 1, so the server cannot read its database");
  console.log("GET /metrics: 200, with all that is stored");
}

const samples = new Map(Object.entries({ gitlab, github, tekton: cloudEvent, jenkins: cloudEvent }));

async function test() {
  const sample = samples.get(provider)?.();
  if (sample === undefined) throw new Error(`${provider} is not a provider`);
  if (secret !== undefined) {
    const { status } = await post(sample.body, {});
    if (status !== 401) throw new Error(`POST ${url} without a secret answered ${status}, not 401`);
    console.log(`POST ${url} without a secret: 401, as it should be`);
  }
  // It is answered once the database holds the delivery.
  const { status, text } = await post(sample.body, sample.headers);
  if (status !== 200) throw new Error(`POST ${url} answered ${status}, not 200: ${text.slice(0, 200)}`);
  console.log(`POST ${url}: 200 ${text}`);
  await checkMetrics();
}

test().catch((error) => {
  console.error(`failed: ${error.message}${error.cause === undefined ? "" : ` (${error.cause.message})`}`);
  process.exitCode = 1;
});
