import { mapConcurrently } from "../../core/map-concurrently.ts";
import type { Api } from "../../rest/api.ts";
import { toRecord, toText } from "../../rest/json.ts";
import type { Row } from "../../rest/list-pages.ts";
import type { CollectorRegistry } from "../../sdk/index.ts";
import { concurrency, createExporterApi, listRows, readTags, readToken } from "./exporter-api.ts";
import { createFindings, readList, readText, type WaitingJob, type WorkerState } from "./worker-findings.ts";
import type { GatherContext } from "../gather-context.ts";

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
  const api = createExporterApi({
    name: "GitLab",
    base: `${readText(settings, "url", "https://gitlab.com").replace(/\/+$/, "")}/api/v4`,
    headers: { "PRIVATE-TOKEN": await readToken(settings) },
    rights: "the scope read_api, and the role of a maintainer for runners",
    findings,
  });
  const lists = await mapConcurrently(places, concurrency, (place) => listRows(api, place));
  // A runner that several places share is listed by each of them.
  const runners = new Map(lists.flat().map((runner) => [toText(runner["id"]), runner]));
  const found = await mapConcurrently([...runners], concurrency, ([id, runner]) => readRunner(api, id, runner));
  for (const runner of found) if (runner !== undefined) findings.addWorkers(runner.tags, runner.state);
  const pending = await mapConcurrently(projects, concurrency, (project) => listPending(api, project));
  for (const job of pending.flat()) findings.addWaiting(job);
  findings.fill();
}

interface Runner {
  readonly tags: readonly string[];
  readonly state: WorkerState;
}

/**
 * A list of runners has neither their tags nor their jobs: both take one request each. When the details are refused, only the
 * status of the list is used. `undefined`: the runner was deleted since, or belongs to a group that the token may not read.
 * https://docs.gitlab.com/api/runners/#get-runners-details and #list-all-jobs-for-a-runner
 */
async function readRunner(api: Api, id: string, { status, paused }: Row): Promise<Runner | undefined> {
  const detail = await api.send("GET", `/runners/${id}`);
  if (detail.status === 404) return undefined;
  const mayRead = detail.status !== 403;
  const { json } = mayRead ? api.check("GET", `/runners/${id}`, detail) : detail;
  const tags = mayRead ? readTags(toRecord(json)["tag_list"]) : [];
  if (status !== "online" || paused === true) return { tags, state: "offline" };
  if (!mayRead) return { tags, state: "available" };
  const running = await api.request("GET", `/runners/${id}/jobs?status=running&per_page=1`);
  const isBusy = Array.isArray(running.json) && running.json.length > 0;
  return { tags, state: isBusy ? "busy" : "available" };
}

/** https://docs.gitlab.com/api/jobs/#list-project-jobs: `queued_duration` is the time since the job was ready. Seconds. */
async function listPending(api: Api, project: string): Promise<WaitingJob[]> {
  const jobs = await listRows(api, `/projects/${encodeURIComponent(project)}/jobs?scope[]=pending`);
  return jobs.map((job) => ({
    project,
    tags: readTags(job["tag_list"]),
    reason: "pending",
    seconds: Number(job["queued_duration"] ?? 0),
  }));
}
