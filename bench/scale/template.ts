import { getAdapter, loadAdapters } from "../../src/adapters/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import type { Entry } from "../../src/core/delivery.ts";
import { openStore } from "../../src/core/store/index.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { firstId } from "../payloads.ts";

/** Runs of the template: the copies of it differ in ids and times alone. */
export const templateRuns = 10_000;
/** The time that the template spans: a thousand copies of it are 350 days. */
export const templateMillis = 350 * 86_400;

const pipelines = 300;
const batchRuns = 200;
const jobNames = ["build", "unit", "lint", "deploy"] as const;

/** Records the template by the program's own adapter and store; the last run ends about now. */
export async function recordTemplate(url: string, now: number): Promise<void> {
  await loadAdapters();
  const clock = { now };
  const log = { warn: console.error, error: console.error };
  const store = await openStore({ url, log, clock: () => clock.now, seriesMax: 10_000 });
  try {
    for (let first = 0; first < templateRuns; first += batchRuns) {
      const requests = Array.from({ length: batchRuns }, (_, i) => createRequest(first + i, now));
      clock.now = requests.at(-1)?.receivedAt ?? now;
      const outcomes = await store.record(requests.map(createEntry).map(store.encode));
      if (outcomes.some((outcome) => outcome !== "accepted")) throw new Error("a run of the template was not new");
    }
  } finally {
    await store.close();
  }
}

function createEntry(request: RawRequest): Entry {
  return createSubmission(getAdapter("gitlab"), request, { source: "gitlab", keepBodies: false });
}

/** What GitLab would have sent at the end of run `i`, which has two to four jobs. One run in ten fails. */
function createRequest(i: number, now: number): RawRequest {
  const id = firstId + i;
  // Neighbours in time are runs of different pipelines, as they are where many teams work.
  const pipeline = (i * 7919) % pipelines;
  const failed = (i * 31) % 10 === 3;
  const path = `team-${pipeline % 20}/service-${String(pipeline).padStart(3, "0")}`;
  const web = `https://gitlab.example.com/${path}`;
  const finished = now - Math.round(((templateRuns - i) * templateMillis) / templateRuns);
  const worked = 60 + ((i * 37) % 880);
  const started = finished - worked * 1000;
  const jobs = jobNames.slice(0, 2 + (i % 3));
  const body = {
    object_kind: "pipeline",
    object_attributes: {
      id,
      iid: id,
      name: "build and release",
      ref: i % 4 === 0 ? `feature/${pipeline}-${i % 50}` : "main",
      tag: false,
      sha: `${String(id).padStart(12, "0")}${String(pipeline).padStart(28, "0")}`,
      source: "push",
      status: failed ? "failed" : "success",
      url: `${web}/-/pipelines/${id}`,
      created_at: time(started - 3000),
      finished_at: time(finished),
      duration: worked,
      queued_duration: 3,
    },
    project: { name: path, web_url: web, path_with_namespace: path, default_branch: "main" },
    builds: jobs.map((name, j) => ({
      id: id * 10 + j,
      stage: name === "deploy" ? "deploy" : name === "build" ? "build" : "test",
      name,
      status: failed && j === jobs.length - 1 ? "failed" : "success",
      failure_reason: failed && j === jobs.length - 1 ? "script_failure" : null,
      allow_failure: false,
      created_at: time(started - 3000),
      started_at: time(started + j * 10_000),
      finished_at: time(finished - (jobs.length - 1 - j) * 5000),
      duration: worked - j * 10 - (jobs.length - 1 - j) * 5,
      queued_duration: 1 + (j % 3),
      runner: { description: `runner-${i % 40}.ci.example.com`, tags: ["linux", "amd64"] },
    })),
  };
  return {
    headers: { "idempotency-key": `7d1e52a0-36bc-4f8e-b1d9-40${id}` },
    query: new URLSearchParams(),
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: finished + 500,
  };
}

/** `2026-05-21 16:06:02 UTC` */
function time(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
