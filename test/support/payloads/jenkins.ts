import { readdirSync } from "node:fs";
import { join } from "node:path";
import { jenkins } from "../../../src/adapters/jenkins/index.ts";
import type { Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { Observation } from "../../../src/core/model.ts";
import { permutations, total, type Folded } from "../model/fold.ts";
import { fixtureNow } from "./http-file.ts";

export const testdata = join(import.meta.dirname, "../../../src/adapters/jenkins/testdata");
export const fixtures = readdirSync(testdata).filter((name) => name.endsWith(".http"));

export function request(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  query = "",
  receivedAt = fixtureNow,
): RawRequest {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { headers, query: new URLSearchParams(query), body: bytes, receivedAt };
}

/** Build 4 of the job `sweep`, unless `build` and `job` say otherwise. */
export function parseBuild(
  build: Record<string, unknown>,
  job: Record<string, unknown> = {},
  source = "jenkins",
): Parsed {
  const body = { url: "job/sweep/", ...job, build: { url: "job/sweep/4/", number: 4, ...build } };
  return jenkins.parse(request(JSON.stringify(body)), source);
}

export function observations(parsed: Parsed): readonly [Observation, ...Observation[]] {
  if (parsed.kind !== "observed") throw new Error(`not observed: ${JSON.stringify(parsed)}`);
  return parsed.observations;
}

export type Delivery = readonly Observation[];

export const start = fixtureNow - 600_000;
export const root = "https://ci.example.com/";

export function delivery(build: Record<string, unknown>, source?: string): Delivery {
  return observations(parseBuild({ full_url: `${root}job/sweep/4/`, ...build }, {}, source));
}

/** The four phases of a build that waited 7 s and worked 60 s; FINALIZED was sent 400 ms after the end. */
export function phases(status: string, more: Record<string, unknown> = {}, source?: string): Delivery[] {
  const end = start + 60_000;
  return [
    delivery({ phase: "QUEUED", timestamp: start - 7000, duration: 0, ...more }, source),
    delivery({ phase: "STARTED", timestamp: start, duration: 0, ...more }, source),
    delivery({ phase: "COMPLETED", timestamp: end, duration: 60_000, status, ...more }, source),
    delivery({ phase: "FINALIZED", timestamp: end + 400, duration: 60_000, status, ...more }, source),
  ];
}

/** Every order of the deliveries, and each of those with every delivery sent twice, in two ways. */
export function waysToArrive(deliveries: readonly Delivery[]): Observation[][] {
  return permutations(deliveries).flatMap((order) => [
    order.flat(),
    order.flatMap((one) => [...one, ...one]),
    [...order, ...order].flat(),
  ]);
}

/** The `count` or `sum` of a histogram, over all its series. */
export function observed(folded: Folded, histogram: "duration" | "queue", part: "count" | "sum"): number {
  return Object.entries(folded.totals)
    .filter(([name]) => name.startsWith(`cicd_pipeline_run_${histogram}_seconds{`) && name.endsWith(`}_${part}`))
    .reduce((all, [, value]) => all + value, 0);
}

export function runs(folded: Folded, result: string): number {
  return total(folded, "cicd_pipeline_runs_total", { result });
}

export function onlyRun(folded: Folded) {
  const [run, second] = Object.values(folded.runs);
  if (run === undefined || second !== undefined) throw new Error("there is not exactly one run");
  return run;
}
