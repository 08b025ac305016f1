import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { github } from "../../../src/adapters/github/index.ts";
import type { Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { JobObservation, Observation } from "../../../src/core/model.ts";
import { fixtureNow, readHttpFile } from "./http-file.ts";

const testdata = join(import.meta.dirname, "../../../src/adapters/github/testdata");

export const secrets = JSON.parse(readFileSync(join(testdata, "secrets.json"), "utf8")) as string[];

/** The names of all fixtures, without `.http`. */
export const fixtures = readdirSync(testdata).flatMap((name) => (name.endsWith(".http") ? [name.slice(0, -5)] : []));

export function fixture(name: string): RawRequest {
  return readHttpFile(join(testdata, `${name}.http`)).request;
}

export function request(event: string, body: Uint8Array | string, headers: RawRequest["headers"] = {}): RawRequest {
  return {
    headers: { "x-github-event": event, ...headers },
    query: new URLSearchParams(),
    body: typeof body === "string" ? Buffer.from(body) : body,
    receivedAt: fixtureNow,
  };
}

/** What the adapter says of a fixture after some fields of its run or job, and of its envelope, were replaced. */
export function changed(name: string, fields: object, envelope: object = {}): Parsed {
  const { headers, body } = fixture(name);
  const event = headers["x-github-event"] ?? "";
  const json = JSON.parse(Buffer.from(body).toString()) as Record<string, object>;
  const text = JSON.stringify({ ...json, ...envelope, [event]: { ...json[event], ...fields } });
  return github.parse(request(event, text), "github");
}

export function observed(parsed: Parsed): Observation {
  if (parsed.kind !== "observed") throw new Error(`not observed: ${JSON.stringify(parsed)}`);
  return parsed.observations[0];
}

export function getJob(parsed: Parsed): JobObservation {
  const [job] = observed(parsed).jobs ?? [];
  if (job === undefined) throw new Error("the observation has no job");
  return job;
}

/** The observations of fixtures, in the order given. */
export function parseFixtures(...names: readonly string[]): Observation[] {
  return names.map((name) => observed(github.parse(fixture(name), "github")));
}
