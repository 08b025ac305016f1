// What `helm test` runs: sends one run of an invented project, proved as its provider's senders do, and looks for it in
// the metrics. Reads SERVER_URL, SOURCE, PROVIDER, and where there are such files SECRET_FILE and METRICS_TOKEN_FILE.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

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

const endedAt = Math.floor(Date.now() / 1000) * 1000;
const startedAt = endedAt - 60_000;
const id = Date.now();
/** @param {number} millis */
const iso = (millis) => new Date(millis).toISOString().replace(".000Z", "Z");
/** @param {number} millis */
const gitlabTime = (millis) => iso(millis).replace("T", " ").replace("Z", " UTC");

/**
 * Of the secrets in a file any will do; one that is being replaced stands last.
 * @param {string | undefined} path
 */
function firstIn(path) {
  return path === undefined ? undefined : readFileSync(path, "utf8").split(/[,\n]/)[0]?.trim();
}

/** @typedef {{ body: string, headers: Record<string, string> }} Sample */

/** @returns {Sample} */
function gitlab() {
  const body = JSON.stringify({
    object_kind: "pipeline",
    object_attributes: {
      id,
      ref: "main",
      status: "success",
      duration: 60,
      queued_duration: 1,
      created_at: gitlabTime(startedAt - 1000),
      finished_at: gitlabTime(endedAt),
    },
    project: { id: 1, path_with_namespace: "pipegauge/helm-test", default_branch: "main" },
    builds: [],
  });
  const headers = { "x-gitlab-event": "Pipeline Hook" };
  if (secret === undefined) return { body, headers };
  if (!secret.startsWith("whsec_")) return { body, headers: { ...headers, "x-gitlab-token": secret } };
  const [name, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const digest = createHmac("sha256", key).update(`${name}.${at}.${body}`).digest("base64");
  const signed = { "webhook-id": name, "webhook-timestamp": at, "webhook-signature": `v1,${digest}` };
  return { body, headers: { ...headers, ...signed } };
}

/** @returns {Sample} */
function github() {
  const body = JSON.stringify({
    action: "completed",
    workflow_run: {
      id,
      name: "helm-test",
      run_number: 1,
      run_attempt: 1,
      event: "push",
      status: "completed",
      conclusion: "success",
      head_branch: "main",
      created_at: iso(startedAt),
      run_started_at: iso(startedAt),
      updated_at: iso(endedAt),
    },
    repository: { full_name: "pipegauge/helm-test", default_branch: "main" },
  });
  const digest = createHmac("sha256", secret ?? "")
    .update(body)
    .digest("hex");
  const signed = secret === undefined ? {} : { "x-hub-signature-256": `sha256=${digest}` };
  return { body, headers: { "x-github-event": "workflow_run", "x-github-delivery": randomUUID(), ...signed } };
}

/** @returns {Sample} */
function tekton() {
  const [name, uid] = [`helm-test-${id}`, randomUUID()];
  const body = JSON.stringify({
    pipelineRun: {
      metadata: { name, namespace: "pipegauge-helm-test", uid, creationTimestamp: iso(startedAt) },
      spec: { pipelineRef: { name: "helm-test" } },
      status: {
        conditions: [{ type: "Succeeded", status: "True", reason: "Succeeded", lastTransitionTime: iso(endedAt) }],
        startTime: iso(startedAt),
        completionTime: iso(endedAt),
      },
    },
  });
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": randomUUID(),
    "ce-source": `/apis///namespaces/pipegauge-helm-test//${name}`,
    "ce-type": "dev.tekton.event.pipelinerun.successful.v1",
    "ce-time": iso(endedAt),
  };
  return { body, headers: { ...headers, ...bearer(secret) } };
}

/** @returns {Sample} */
function jenkins() {
  const build = {
    full_url: `https://jenkins.invalid/job/pipegauge/job/helm-test/${id}/`,
    url: `job/pipegauge/job/helm-test/${id}/`,
    number: id,
    phase: "FINALIZED",
    timestamp: endedAt,
    duration: 60_000,
    status: "SUCCESS",
  };
  const body = JSON.stringify({ name: "helm-test", url: "job/pipegauge/job/helm-test/", build });
  return { body, headers: bearer(secret) };
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

/** How often a run of the invented project ended well, by the metrics. */
async function counted() {
  const init = { headers: bearer(token), signal: AbortSignal.timeout(15_000) };
  const answer = await fetch(`${server}/metrics`, init);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`GET /metrics answered ${answer.status}: ${text.slice(0, 200)}`);
  const ours = text
    .split("\n")
    .filter((line) => /^cicd_pipeline_runs_total\{.*helm-test.*result="success"/.test(line))
    .map((line) => Number(line.slice(line.lastIndexOf(" "))));
  return ours.reduce((sum, value) => sum + value, 0);
}

const samples = new Map(Object.entries({ gitlab, github, tekton, jenkins }));

async function test() {
  const sample = samples.get(provider)?.();
  if (sample === undefined) throw new Error(`${provider} is not a provider`);
  if (secret !== undefined) {
    const { status } = await post(sample.body, {});
    if (status !== 401) throw new Error(`POST ${url} without a secret answered ${status}, not 401`);
    console.log(`POST ${url} without a secret: 401, as it should be`);
  }
  const before = await counted();
  const { status, text } = await post(sample.body, sample.headers);
  if (status !== 202) throw new Error(`POST ${url} answered ${status}, not 202: ${text.slice(0, 200)}`);
  console.log(`POST ${url}: 202 ${text}`);
  // A scrape may show what was read up to a second ago.
  for (let tries = 0; tries < 20; tries++) {
    const now = await counted();
    if (now > before) return console.log(`cicd_pipeline_runs_total of the invented project: ${before}, then ${now}`);
    await pause(500);
  }
  throw new Error("the run was taken, but is not in /metrics");
}

test().catch((error) => {
  console.error(`failed: ${error.message}${error.cause === undefined ? "" : ` (${error.cause.message})`}`);
  process.exitCode = 1;
});
