import { createApi, toRecord, toText, type Api } from "../../rest/api.ts";
import type { CollectorRegistry } from "../../sdk/index.ts";
import type { GatherContext } from "../load-module.ts";
import { advise, listRows, readTags, readToken } from "./pages.ts";
import { createFindings, readList, readText, type WorkerFindings } from "./worker-findings.ts";

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
  const api = createApi({
    name: "GitHub",
    base: readText(settings, "url", "https://api.github.com").replace(/\/+$/, ""),
    headers: {
      Accept: "application/vnd.github+json",
      Authorization: `Bearer ${await readToken(settings)}`,
      "User-Agent": "pipegauge",
      "X-GitHub-Api-Version": "2022-11-28",
    },
    timeoutMillis: 20_000,
    setting: "settings.url",
    advise: (answer) => advise(answer, "Actions: read, and Administration: read for runners"),
  });
  const places = [
    ...organisations.map((organisation) => `/orgs/${encodeURIComponent(organisation)}/actions/runners`),
    ...repositories.map((repository) => `/repos/${repository}/actions/runners`),
  ];
  for (const place of places) await addRunners(api, place, findings);
  for (const repository of repositories) await addQueued(api, repository, findings);
  findings.fill();
}

/** https://docs.github.com/en/rest/actions/self-hosted-runners: GitHub's own runners are not among them. */
async function addRunners(api: Api, place: string, findings: WorkerFindings): Promise<void> {
  for (const runner of await listRows(api, place, findings, (json) => toRecord(json)["runners"])) {
    const { status, busy, labels } = runner;
    const names = Array.isArray(labels) ? labels.map((label) => toText(toRecord(label)["name"])) : [];
    findings.addWorkers(names, status === "online" ? (busy === true ? "busy" : "available") : "offline");
  }
}

/**
 * Jobs can be listed by run only. A run that has begun may have jobs that still wait.
 * https://docs.github.com/en/rest/actions/workflow-runs and https://docs.github.com/en/rest/actions/workflow-jobs
 */
async function addQueued(api: Api, repository: string, findings: WorkerFindings): Promise<void> {
  for (const status of ["queued", "in_progress"]) {
    const path = `/repos/${repository}/actions/runs?status=${status}`;
    const runs = await listRows(api, path, findings, (json) => toRecord(json)["workflow_runs"]);
    for (const run of runs) {
      const of = `/repos/${repository}/actions/runs/${toText(run["id"])}/jobs?filter=latest`;
      for (const job of await listRows(api, of, findings, (json) => toRecord(json)["jobs"])) {
        if (job["status"] !== "queued") continue;
        const seconds = (Date.now() - Date.parse(toText(job["created_at"]))) / 1000;
        findings.addWaiting({
          project: repository,
          tags: readTags(job["labels"]),
          reason: "queued",
          seconds: Number.isFinite(seconds) ? seconds : 0,
        });
      }
    }
  }
}
