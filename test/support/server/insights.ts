import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { replayStored } from "../../../src/commands/replay/replay.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createLog } from "../../../src/log.ts";
import { randomFrom, shuffled } from "../random.ts";
import type { Answer, Body, Headers, Reachable, ServerOptions, TestServer } from "./server.ts";

type Json = Readonly<Record<string, unknown>>;

/** One delivery of a story. */
export interface Delivered {
  readonly source: string;
  readonly body: Body;
  readonly headers?: Headers;
}

/** The day of the fixtures, whatever day the tests run on. */
export const fixtureDay = "since=2026-11-20&until=2026-11-21";

/** An insight about the day of the fixtures, as `readAnyInsight` has it. */
export async function readInsight(server: Reachable, path: string): Promise<Json> {
  return readAnyInsight(server, `${path}${path.includes("?") ? "&" : "?"}${fixtureDay}`);
}

/** An insight. Run ids depend on the order of arrival, so runs have the provider's ids here. */
export async function readAnyInsight(server: Reachable, path: string): Promise<Json> {
  const { status, json, text } = await server.request(`/api/v1/insights/${path}`);
  expect(status, text).to.equal(200);
  const runs = (await server.request("/api/v1/runs?limit=200")).json["runs"] as readonly Json[];
  const names = new Map(runs.map((run) => [run["id"], run["native_id"]]));
  return nameRuns(json, names) as Json;
}

function nameRuns(value: unknown, names: ReadonlyMap<unknown, unknown>, key = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => nameRuns(one, names, key));
  if (/run_ids?$/.test(key) && value !== null) return names.get(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, nameRuns(one, names, name)]));
}

interface Stage {
  readonly start: (options?: ServerOptions) => Promise<TestServer>;
  readonly url: () => Promise<string>;
  /** For the configuration file. */
  readonly folder: () => string;
  /** What the configuration file has besides the sources. */
  readonly settings?: Json;
  /** How many deliveries are under way at a time; 1 by default. */
  readonly atOnce?: number;
}

/** Writes a configuration file whose sources keep the bodies of their deliveries, and returns the setting that names it. */
export function writeSettings(folder: string, settings: Json = {}): Readonly<Record<string, string>> {
  const path = join(folder, "pipegauge.yaml");
  const sources = ["gitlab", "github", "tekton", "jenkins"].map((name) => ({ name, provider: name, keepBodies: true }));
  writeFileSync(path, JSON.stringify({ sources, ...settings }));
  return { PIPEGAUGE_CONFIG: path };
}

/**
 * Sends a story as it happened, then shuffled and doubled to other servers, and replays its stored bodies. `ask` must get the
 * same answer every time; it is returned.
 */
export async function askInEveryOrder<T>(
  { start, url, folder, settings, atOnce = 1 }: Stage,
  story: readonly Delivered[],
  ask: (server: TestServer) => Promise<T>,
): Promise<T> {
  const databaseUrl = await url();
  const env = writeSettings(folder(), settings);
  const server = await start({ databaseUrl, env });
  await deliverAll(server, story, atOnce);
  const first = await ask(server);

  const config = loadConfig({ env: { ...env, PIPEGAUGE_DATABASE_URL: databaseUrl }, argv: [] });
  const { outcomes: replayed } = await replayStored(config, createLog("silent"), {});
  config.close();
  expect(replayed.get("accepted"), "replayed").to.equal(story.length);
  expect(await ask(server), "after a replay").to.deep.equal(first);

  for (const seed of [1, 2]) {
    const other = await start({ databaseUrl: await url(), env });
    await deliverAll(other, shuffled([...story, ...story], randomFrom(seed)), atOnce);
    expect(await ask(other), `shuffled by ${seed} and doubled`).to.deep.equal(first);
  }
  return first;
}

async function deliverAll(server: TestServer, story: readonly Delivered[], atOnce: number): Promise<void> {
  const left = story.values();
  const deliverNext = async () => {
    for (const { source, body, headers } of left) {
      const answer: Answer = await server.deliver(source, body, headers);
      expect(answer.status, answer.text).to.be.oneOf([200, 202]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, deliverNext));
}
