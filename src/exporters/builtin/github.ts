import { mapConcurrently } from "../../core/map-concurrently.ts";
import type { Api } from "../../rest/api.ts";
import { toRecord, toText } from "../../rest/json.ts";
import type { CollectorRegistry } from "../../sdk/index.ts";
import { concurrency, createExporterApi, listRows, readTags, readToken } from "./exporter-api.ts";
import { createFindings, readList, readText, type WaitingJob } from "./worker-findings.ts";
import type { GatherContext } from "../gather-context.ts";

export const jobName = "GitHubExporter";
export const help = `github: self-hosted runners by state and labels, queued jobs by repository and labels
settings: url (https://api.github.com), tokenFile, organisations, repositories (owner/name)`;

/** Self-hosted runners of organisations and repositories, and the jobs that wait in the repositories. */
export async function gatherMetrics(registry: CollectorRegistry, { settings }: GatherContext): Promise<void> {
  const [organisations, repositories] = [readList(settings, "organisations"), readList(settings, "repositories")];
  if (organisations.length + repositories.length === 0) throw new Error("settings need organisations or repositories");
  const wrong = repositories.find((repository) => !/^\w[\w.-]*\/(?!\.{1,2}$)[\w.-]+$/.test(repository));
  if (wrong !== undefined) throw new Error(`settings.repositories: ${JSON.stringify(wrong)} is not owner/name`);
  const findings = createFindings(registry, "github");
  const api = createExporterApi({
    name: "GitHub",
    base: readText(settings, "url", "https://api.github.com").replace(/\/+$/, ""),
    headers: {
      Accept: "application/vnd.github+json",
      Authorization: `Bearer ${await readToken(settings)}`,
      "User-Agent": "pipegauge",
      "X-GitHub-Api-Version": "2022-11-28",
    },
    rights: "Actions: read, and Administration: read for runners",
    findings,
  });
  const places = [
    ...organisations.map((organisation) => `/orgs/${encodeURIComponent(organisation)}/actions/runners`),
    ...repositories.map((repository) => `/repos/${repository}/actions/runners`),
  ];
  // GitHub's own runners are not among them: https://docs.github.com/en/rest/actions/self-hosted-runners
  const runners = await mapConcurrently(places, concurrency, (place) =>
    listRows(api, place, (json) => toRecord(json)["runners"]),
  );
  for (const { status, busy, labels } of runners.flat()) {
    const names = Array.isArray(labels) ? labels.map((label) => toText(toRecord(label)["name"])) : [];
    findings.addWorkers(names, status === "online" ? (busy === true ? "busy" : "available") : "offline");
  }
  for (const job of await listQueued(api, repositories)) findings.addWaiting(job);
  findings.fill();
}

/**
 * Jobs can be listed by run only. A run that has begun may have jobs that still wait.
 * https://docs.github.com/en/rest/actions/workflow-runs and https://docs.github.com/en/rest/actions/workflow-jobs
 */
async function listQueued(api: Api, repositories: readonly string[]): Promise<WaitingJob[]> {
  const lists = repositories.flatMap((repository) =>
    ["queued", "in_progress"].map((status) => ({
      repository,
      path: `/repos/${repository}/actions/runs?status=${status}`,
    })),
  );
  const runs = await mapConcurrently(lists, concurrency, async ({ repository, path }) => {
    const rows = await listRows(api, path, (json) => toRecord(json)["workflow_runs"]);
    return rows.map(({ id }) => ({ repository, run: toText(id) }));
  });
  const jobs = await mapConcurrently(runs.flat(), concurrency, async ({ repository, run }) => {
    const path = `/repos/${repository}/actions/runs/${run}/jobs?filter=latest`;
    const rows = await listRows(api, path, (json) => toRecord(json)["jobs"]);
    return rows.filter(({ status }) => status === "queued").map((job) => ({ repository, job }));
  });
  return jobs.flat().map(({ repository, job }) => {
    const seconds = (Date.now() - Date.parse(toText(job["created_at"]))) / 1000;
    return {
      project: repository,
      tags: readTags(job["labels"]),
      reason: "queued",
      seconds: Number.isFinite(seconds) ? seconds : 0,
    };
  });
}
