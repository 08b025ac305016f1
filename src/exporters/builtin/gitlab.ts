import { createApi, toRecord, toText, type Api } from "../../rest/api.ts";
import type { CollectorRegistry } from "../../sdk/index.ts";
import type { GatherContext } from "../load-module.ts";
import { advise, listRows, noteLimit, readTags, readToken } from "./pages.ts";
import { createFindings, readList, readText, type WorkerFindings } from "./worker-findings.ts";

export const jobName = "GitLabExporter";
export const help = `gitlab: runners by state and tags, pending jobs by project and tags
settings: url (https://gitlab.com), tokenFile, groups, projects, instance ("true": all runners of the instance, for administrators)`;

/** The runners of groups, projects or the whole instance, and the jobs that wait in the projects. */
export async function gatherMetrics(registry: CollectorRegistry, { settings }: GatherContext): Promise<void> {
  const [groups, projects] = [readList(settings, "groups"), readList(settings, "projects")];
  const places = [
    ...(settings["instance"] === "true" ? ["/runners/all"] : []),
    ...groups.map((group) => `/groups/${encodeURIComponent(group)}/runners`),
    ...projects.map((project) => `/projects/${encodeURIComponent(project)}/runners`),
  ];
  if (places.length === 0) throw new Error('settings need groups, projects, or instance: "true"');
  const findings = createFindings(registry, "gitlab");
  const api = createApi({
    name: "GitLab",
    base: `${readText(settings, "url", "https://gitlab.com").replace(/\/+$/, "")}/api/v4`,
    headers: { "PRIVATE-TOKEN": await readToken(settings) },
    timeoutMillis: 20_000,
    setting: "settings.url",
    advise: (answer) => advise(answer, "the scope read_api, and the role of a maintainer for runners"),
  });
  const runners = new Map<string, Readonly<Record<string, unknown>>>();
  for (const place of places) {
    for (const runner of await listRows(api, place, findings)) runners.set(toText(runner["id"]), runner);
  }
  for (const [id, runner] of runners) await addRunner(api, id, runner, findings);
  for (const project of projects) await addPending(api, project, findings);
  findings.fill();
}

/**
 * A list of runners has neither tags nor what they do: both are a request each. Of a runner whose details are refused only
 * its status is known.
 * https://docs.gitlab.com/api/runners/#get-runners-details and #list-all-jobs-for-a-runner
 */
async function addRunner(
  api: Api,
  id: string,
  { status, paused }: Readonly<Record<string, unknown>>,
  findings: WorkerFindings,
): Promise<void> {
  const detail = await api.ask("GET", `/runners/${id}`);
  // Gone since it was listed; or another group's, of which the token may not see more than the list.
  if (detail.status === 404) return;
  const mayRead = detail.status !== 403;
  const { json } = mayRead ? api.check("GET", `/runners/${id}`, detail) : detail;
  const tags = mayRead ? readTags(toRecord(json)["tag_list"]) : [];
  if (status !== "online" || paused === true) return findings.addWorkers(tags, "offline");
  if (!mayRead) return findings.addWorkers(tags, "available");
  const running = await api.must("GET", `/runners/${id}/jobs?status=running&per_page=1`);
  noteLimit(running.headers, findings);
  const isBusy = Array.isArray(running.json) && running.json.length > 0;
  findings.addWorkers(tags, isBusy ? "busy" : "available");
}

/** https://docs.gitlab.com/api/jobs/#list-project-jobs: `queued_duration` is the time since the job was ready. Seconds. */
async function addPending(api: Api, project: string, findings: WorkerFindings): Promise<void> {
  const path = `/projects/${encodeURIComponent(project)}/jobs?scope[]=pending`;
  for (const job of await listRows(api, path, findings)) {
    const seconds = Number(job["queued_duration"] ?? 0);
    findings.addWaiting({ project, tags: readTags(job["tag_list"]), reason: "pending", seconds });
  }
}
