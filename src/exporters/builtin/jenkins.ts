import type { Api } from "../../rest/api.ts";
import { toRecord, toText } from "../../rest/json.ts";
import type { Row } from "../../rest/list-pages.ts";
import type { CollectorRegistry } from "../../sdk/index.ts";
import { createExporterApi, readToken } from "./exporter-api.ts";
import { createFindings, readText, type WorkerFindings } from "./worker-findings.ts";
import type { GatherContext } from "../gather-context.ts";

export const jobName = "JenkinsExporter";
export const help = `jenkins: executors by label and state, queued items by job and reason
settings: url, user and tokenFile (neither: Jenkins is asked without a name)`;

/** One request for the queue and one for the executors; `tree` names each field, so that Jenkins reads no more. */
export async function gatherMetrics(registry: CollectorRegistry, { settings }: GatherContext): Promise<void> {
  const findings = createFindings(registry, "jenkins");
  const user = settings["user"] === undefined ? undefined : readText(settings, "user");
  const basic = user === undefined ? undefined : Buffer.from(`${user}:${await readToken(settings)}`).toString("base64");
  const api = createExporterApi({
    name: "Jenkins",
    base: readText(settings, "url").replace(/\/+$/, ""),
    headers: basic === undefined ? {} : { Authorization: `Basic ${basic}` },
    rights: "Overall/Read",
    findings,
  });
  const queue = "items[inQueueSince,buildable,blocked,stuck,why,task[name,url]]";
  for (const item of await readRows(api, `/queue/api/json?tree=${queue}`, "items")) addItem(item, findings);
  const computers = "computer[offline,idle,numExecutors,executors[idle],assignedLabels[name],displayName]";
  for (const computer of await readRows(api, `/computer/api/json?tree=${computers}`, "computer")) {
    addExecutors(computer, findings);
  }
  findings.fill();
}

async function readRows(api: Api, path: string, field: string): Promise<readonly Row[]> {
  const { json } = await api.request("GET", path);
  const rows = toRecord(json)[field];
  // Without Overall/Read some versions answer a login page with 200.
  if (!Array.isArray(rows))
    throw new Error(`Jenkins answered ${path.replace(/\?.*/, "")} without ${field}: the user needs Overall/Read`);
  return rows.map(toRecord);
}

/** `why` is a sentence for people; the flags, and the label in it, give the same as a few fixed values. */
function addItem(item: Row, findings: WorkerFindings): void {
  const why = toText(item["why"]);
  // hudson.model.Messages: "Waiting for next available executor on ‘linux’"
  const [, label] = /executor on [‘'"](.+?)[’'"]/.exec(why) ?? [];
  const since = Number(item["inQueueSince"]);
  findings.addWaiting({
    project: nameProject(toRecord(item["task"])),
    tags: label === undefined ? [] : [label],
    reason: nameReason(item, why),
    seconds: Number.isFinite(since) ? (Date.now() - since) / 1000 : 0,
  });
}

/** The path of a job, as webhooks name its project: `…/job/shop/job/cart/` is shop/cart. */
function nameProject({ name, url }: Row): string {
  const parts = [...toText(url).matchAll(/\/job\/([^/]+)/g)].map(([, part = ""]) => part);
  try {
    return parts.length === 0 ? toText(name) : parts.map(decodeURIComponent).join("/");
  } catch {
    return toText(name);
  }
}

function nameReason({ stuck, blocked, buildable }: Row, why: string): string {
  if (stuck === true) return "stuck";
  if (blocked === true) return "blocked";
  if (buildable === true) return /offline/i.test(why) ? "offline" : "executor";
  return /quiet period/i.test(why) ? "quiet_period" : "other";
}

/** The labels of a computer without its own name, which Jenkins adds to them. */
function addExecutors(computer: Row, findings: WorkerFindings): void {
  const { offline, numExecutors, executors, assignedLabels, displayName } = computer;
  const names = Array.isArray(assignedLabels) ? assignedLabels.map((label) => toText(toRecord(label)["name"])) : [];
  const labels = names.filter((name) => name !== "" && name !== displayName);
  const count = Number(numExecutors ?? 0);
  if (offline === true) return findings.addWorkers(labels, "offline", count);
  const busy = Array.isArray(executors) ? executors.filter((one) => toRecord(one)["idle"] === false).length : 0;
  findings.addWorkers(labels, "busy", busy);
  findings.addWorkers(labels, "available", Math.max(0, count - busy));
}
