import { getAdapter } from "../src/adapters/index.ts";
import type { RawRequest } from "../src/core/adapter.ts";
import { openStore, type Store } from "../src/core/store/index.ts";
import { writerThread } from "../src/commands/serve/writer.ts";
import { createSubmission } from "../src/ingest/submission.ts";
import { firstId } from "./payloads.ts";
import { runResults } from "../src/core/states.ts";
import type { Entry } from "../src/core/delivery.ts";

/** Enough pipelines for 10,000 series of `cicd_pipeline_runs_total`: one for each result of each. */
const pipelines = Math.ceil(10_000 / runResults.length);
const runsOfEach = 6;

/** Runs of one pass over all pipelines. After the first pass there is no new series, however many follow. */
export const passRuns = pipelines * runsOfEach;
/** Of one transaction. Two are under way at a time, so that the database need not wait for the next one. */
const batchRuns = Math.ceil(passRuns / 8);
const concurrency = 2;
const triesMax = 5;

/** More than the series of a history with those of a load on top: none is folded. */
export const seriesMax = 20_000;

/** Between two runs: a million of them take 347 days, less than runs are kept by default. */
const everyMillis = 30_000;
const spanMillis = 350 * 86_400_000;

const gitlab = getAdapter("gitlab");

/**
 * Records passes of finished runs with a job each, `from` the given one up to `to`, and returns how many runs that were.
 * Adapter and store of the program itself read and write them, so a row is what it is after a delivery; they just come
 * thousands in a transaction. All passes are alike but for ids and times: after n passes each total is n times what it
 * was after the first. Throws where a run was not new.
 */
export async function recordHistory(url: string, from: number, to: number): Promise<number> {
  const log = { warn: console.error, error: console.error };
  const store = await openStore({ url, log, clock: Date.now, seriesMax, thread: writerThread });
  const origin = Math.floor((Date.now() - spanMillis) / 1000) * 1000;
  try {
    let next = from * passRuns;
    const recordBatches = async () => {
      while (next < to * passRuns) {
        const first = next;
        next = Math.min(first + batchRuns, to * passRuns);
        await write(
          store,
          Array.from({ length: next - first }, (_, i) => createEntry(first + i, origin)),
        );
      }
    };
    await Promise.all(Array.from({ length: concurrency }, recordBatches));
  } finally {
    await store.close();
  }
  return (to - from) * passRuns;
}

/** As the ledger would, it tries again what may pass. */
async function write(store: Store, entries: readonly Entry[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const outcomes = await store.record(entries.map(store.encode));
      const odd = outcomes.find((outcome) => outcome !== "accepted");
      if (odd !== undefined) throw new Error(`a run of the history was not new, but: ${JSON.stringify(odd)}`);
      return;
    } catch (error) {
      if (tries === triesMax || !store.isTransient(error)) throw error;
    }
  }
}

/** Run `i` as the ledger takes it; the first one ends a little after `origin`. */
export function createEntry(i: number, origin: number): Entry {
  const { delivery, observations } = createSubmission(gitlab, createRequest(i, origin), {
    source: "gitlab",
    keepBodies: false,
  });
  return { delivery, observations };
}

/** What GitLab would have sent at the end of run `i`. One pipeline in eight fails now and then. */
function createRequest(i: number, origin: number): RawRequest {
  const id = firstId + i;
  // The runs of a pipeline come together, so that a transaction adds to few totals.
  const pipeline = Math.floor((i % passRuns) / runsOfEach);
  const failed = pipeline % 8 === 0 && i % runsOfEach === runsOfEach - 1;
  const status = failed ? "failed" : "success";
  const path = `team-${pipeline % 40}/service-${String(pipeline).padStart(4, "0")}`;
  const web = `https://gitlab.example.com/${path}`;
  const [waited, worked] = [2 + (pipeline % 7), 20 + ((pipeline * 37) % 880)];
  const created = origin + i * everyMillis;
  const started = created + waited * 1000;
  const finished = started + worked * 1000;
  const times = { created_at: time(created), finished_at: time(finished), duration: worked, queued_duration: waited };
  const body = {
    object_kind: "pipeline",
    object_attributes: {
      id,
      iid: i + 1,
      name: "build and release",
      ref: "main",
      tag: false,
      sha: `3f9c17e2b5d04a86e1c7f03b92ad45${id}`,
      source: "push",
      status,
      url: `${web}/-/pipelines/${id}`,
      ...times,
    },
    project: { name: path, web_url: web, path_with_namespace: path, default_branch: "main" },
    builds: [
      {
        id: id * 100 + 1,
        stage: "build",
        name: "build",
        status,
        started_at: time(started),
        failure_reason: failed ? "script_failure" : null,
        allow_failure: false,
        runner: { description: `runner-${i % 4}.ci.example.com` },
        ...times,
      },
    ],
  };
  return {
    headers: { "idempotency-key": `7d1e52a0-36bc-4f8e-b1d9-40${id}` },
    query: new URLSearchParams(),
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: finished,
  };
}

/** `2026-05-21 16:06:02 UTC` */
function time(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
