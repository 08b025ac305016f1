import { expect } from "chai";
import { tekton } from "../../../src/adapters/tekton/index.ts";
import type { Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { JobObservation, Observation } from "../../../src/core/model.ts";
import { fold, foldAndRelease, permutations, total, type Folded } from "../model/fold.ts";
import { fixtureNow } from "./http-file.ts";

export type Kind = "pipelineRun" | "taskRun" | "customRun" | "run";
export type Json = Record<string, unknown>;

/** Seconds after the run's creation as Tekton writes a moment, and as core counts it. */
export const at = (seconds: number): string => new Date(ms(seconds)).toISOString().replace(".000Z", "Z");
export const ms = (seconds: number): number => Date.UTC(2026, 10, 20, 9) + seconds * 1000;

export const uid = "40b1d3aa-7e55-4f0c-8a61-1f3f7c2f9b10";

export function request(headers: RawRequest["headers"], body: string | Uint8Array): RawRequest {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return { headers, query: new URLSearchParams(), body: bytes, receivedAt: fixtureNow };
}

let emitted = 0;

/** A delivery in binary mode. Its id is new each time, as after a restart of Tekton's controller. */
export function event(kind: Kind, word: string, resource: Json): RawRequest {
  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": `event-${++emitted}`,
    "ce-source": "/apis///namespaces/team-a//some-run",
    "ce-type": `dev.tekton.event.${kind.toLowerCase()}.${word}.v1`,
  };
  return request(headers, JSON.stringify({ [kind]: resource }));
}

export function condition(status: string, reason: string, seconds: number): Json {
  return { conditions: [{ type: "Succeeded", status, reason, lastTransitionTime: at(seconds) }] };
}

/** A PipelineRun created at 0; `over` replaces parts of its metadata. */
export function pipelineRun(status: Json, over: Json = {}): Json {
  const labels = { "tekton.dev/pipeline": "release-train" };
  const metadata = { name: "train-b4k9z", namespace: "team-a", uid, creationTimestamp: at(0), labels, ...over };
  return { metadata, spec: { pipelineRef: { name: "release-train" } }, status };
}

/** A TaskRun of that PipelineRun, created at 1. */
export function taskRun(status: Json, over: Json = {}, labels: Json = {}): Json {
  const metadata = {
    name: "train-b4k9z-compile",
    namespace: "team-a",
    uid: "77aa1c5e-95b0-49f7-9d43-3c1c9a5b2e01",
    creationTimestamp: at(1),
    labels: {
      "tekton.dev/pipeline": "release-train",
      "tekton.dev/pipelineRun": "train-b4k9z",
      "tekton.dev/pipelineRunUID": uid,
      "tekton.dev/pipelineTask": "compile",
      "tekton.dev/memberOf": "tasks",
      ...labels,
    },
    ...over,
  };
  return { metadata, spec: { taskRef: { name: "cargo" } }, status };
}

export const steps = (from: number, to?: number): Json => ({
  steps: [
    to === undefined
      ? { running: { startedAt: at(from) } }
      : { terminated: { startedAt: at(from), finishedAt: at(to) } },
  ],
});

export function observations(parsed: Parsed): readonly Observation[] {
  if (parsed.kind !== "observed") throw new Error(JSON.stringify(parsed));
  return parsed.observations;
}

/** The observation of one event about its run. */
export function parseObservation(delivery: RawRequest, source = "tekton"): Observation {
  const [first] = observations(tekton.parse(delivery, source));
  if (first === undefined) throw new Error("no observation");
  return first;
}

/** The observation of the job in one event. */
export function parseJobObservation(delivery: RawRequest): JobObservation {
  const [job] = parseObservation(delivery).jobs ?? [];
  if (job === undefined) throw new Error("no job");
  return job;
}

export const run = (word: string, status: Json, over?: Json) => event("pipelineRun", word, pipelineRun(status, over));
export const task = (word: string, status: Json, over?: Json) => event("taskRun", word, taskRun(status, over));

export const runRunning = run("running", { ...condition("Unknown", "Running", 1), startTime: at(1) });
const ended = { startTime: at(1), completionTime: at(90) };
export const runSucceeded = run("successful", { ...condition("True", "Succeeded", 90), ...ended });
export const runFailed = run("failed", { ...condition("False", "Failed", 90), ...ended });
export const taskDone: Json = {
  ...condition("True", "Succeeded", 80),
  startTime: at(2),
  completionTime: at(80),
  ...steps(22, 79),
};

/** Everything that the deliveries say, in their order. */
export function parseAll(...deliveries: RawRequest[]): Observation[] {
  return deliveries.flatMap((delivery) => [...observations(tekton.parse(delivery, "tekton"))]);
}

/** The ledger after the deliveries in order; it must be the same in every order, and with each delivery doubled. */
export function ledger(...deliveries: RawRequest[]): Folded {
  const inOrder = fold(parseAll(...deliveries));
  for (const order of permutations(deliveries)) {
    expect(fold(parseAll(...order))).to.deep.equal(inOrder);
    expect(fold(parseAll(...order, ...order))).to.deep.equal(inOrder);
    expect(fold(parseAll(...order.flatMap((delivery) => [delivery, delivery])))).to.deep.equal(inOrder);
  }
  // What only jobs report counts once their run was waited for long enough.
  return foldAndRelease(parseAll(...deliveries));
}

/** The counters of the design's scenarios that are not 0. */
export function counts(folded: Folded): Record<string, number> {
  const all = {
    success: total(folded, "cicd_pipeline_runs_total", { result: "success" }),
    failure: total(folded, "cicd_pipeline_runs_total", { result: "failure" }),
    cancellation: total(folded, "cicd_pipeline_runs_total", { result: "cancellation" }),
    restarts: total(folded, "cicd_pipeline_run_restarts_total"),
    recovered: total(folded, "cicd_pipeline_runs_recovered_total"),
    jobs: total(folded, "cicd_job_runs_total"),
    retries: total(folded, "cicd_job_retries_total"),
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

/** Observations of a histogram, and their sum in seconds. */
export function observed(folded: Folded, metric: string): { count: number; sum: number } {
  const add = (end: string) =>
    Object.entries(folded.totals)
      .filter(([name]) => name.startsWith(`${metric}{`) && name.endsWith(end))
      .reduce((sum, [, value]) => sum + value, 0);
  return { count: add("_count"), sum: add("_sum") };
}
