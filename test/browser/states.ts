import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awkward, hook, hostile } from "../support/browser/hostile.ts";
import { pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { startTestServer, type TestServer } from "../support/server/server.ts";
import { findExamples } from "./find-examples.ts";
import { recordDays } from "./record-days.ts";
import type { Examples } from "./views.ts";

type Json = Readonly<Record<string, unknown>>;

/** A server whose ledger is in one state, and what there is to see. */
export interface Place {
  readonly server: TestServer;
  readonly examples: Examples;
}

/** What the views are shown with. */
export const states = {
  "60 days of the demo": startWithDays,
  "an empty ledger": startEmpty,
  "runs of 1,000 jobs": startWithLargeRuns,
  "hostile names": startWithHostileNames,
} as const;

export type State = keyof typeof states;

const places = new Map<State, Promise<Place>>();
const servers: TestServer[] = [];
const folders: string[] = [];

/** The server in a state: filled when it is first asked for, the same for every suite, stopped at the end of all. */
export function openPlace(state: State): Promise<Place> {
  const place = places.get(state) ?? states[state]();
  places.set(state, place);
  return place;
}

after("stop the servers of all states", async () => {
  await Promise.all(servers.map((server) => server.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}, databaseUrl?: string): Promise<TestServer> {
  const server = await startTestServer({ env, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
  servers.push(server);
  return server;
}

function readExamples(server: TestServer): Promise<Examples> {
  return findExamples(async (path) => (await server.request(path)).json);
}

/** Its page can be read from this host, and its source refuses deliveries without the secret. */
const guarded = { PIPEGAUGE_GITLAB_SECRET: "the secret of the tests", PIPEGAUGE_TRUST_LOCAL: "true" };

async function startEmpty(): Promise<Place> {
  return { server: await start(), examples: {} };
}

async function startWithDays(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-days-"));
  folders.push(folder);
  const databaseUrl = `sqlite:${join(folder, "ci.db")}`;
  await recordDays(databaseUrl, { days: 60, runsADay: 50, now: Date.now() });
  const server = await start(guarded, databaseUrl);
  await sendWhatIsNotAccepted(server, "not parsed");
  return { server, examples: await readExamples(server) };
}

/** A refused delivery of each kind, a dead letter and an ignored one; `name` is what the sender chose in them. */
async function sendWhatIsNotAccepted(server: TestServer, name: string): Promise<void> {
  const right = { "x-gitlab-token": guarded.PIPEGAUGE_GITLAB_SECRET };
  expect((await server.deliver("gitlab", { object_kind: name })).status).to.equal(401);
  expect((await server.deliver("gitlab", { object_kind: name }, { "x-gitlab-token": "wrong" })).status).to.equal(401);
  expect((await server.deliver("gitlab", { object_kind: name }, right)).status).to.be.oneOf([200, 202]);
  expect((await server.deliver("gitlab", `{"object_kind": ${JSON.stringify(name)}`, right)).status).to.equal(202);
}

const jobsOfLargeRun = 1000;

async function startWithLargeRuns(): Promise<Place> {
  const server = await start();
  const begin = Date.now() - 7_200_000;
  for (const [i, status] of ["success", "failed", "running"].entries()) {
    const hooks = createLargeRun(status, i, begin);
    expect((await server.deliver("gitlab", hooks)).status).to.equal(202);
  }
  return { server, examples: await readExamples(server) };
}

function toTime(millis: number): string {
  return new Date(millis).toISOString();
}

/** A pipeline of twenty stages of fifty jobs. One in forty fails, and half of these pass in another try. */
function createLargeRun(status: string, index: number, begin: number): Json {
  const jobs = Array.from({ length: jobsOfLargeRun }, (_, i): JobInput => {
    const stage = Math.floor(i / 50);
    const [from, to] = [begin + stage * 300_000 + (i % 50) * 1000, begin + stage * 300_000 + 60_000 + (i % 7) * 30_000];
    const isRetried = i % 40 === 13;
    const last = status === "failed" && i % 80 === 53 ? "failed" : "success";
    const times = {
      created_at: toTime(begin),
      started_at: toTime(from),
      finished_at: toTime(to),
      duration: (to - from) / 1000,
    };
    const runner = { id: i % 12, description: `runner-${i % 12}.example.com`, tags: ["linux", `size-${i % 3}`] };
    return {
      id: (index + 1) * 100_000 + i,
      name: `test ${i % 50}/50 of part ${stage}`,
      status: isRetried ? "failed" : last,
      ...(isRetried || last === "failed" ? { reason: "script_failure" } : {}),
      more: { stage: `part ${stage}`, ...times, queued_duration: i % 9, runner },
    };
  });
  const ended = begin + 20 * 300_000;
  const over = status === "running" ? {} : { finished_at: toTime(ended), duration: 6000, queued_duration: 3 };
  return pipelineHook(status, jobs, { id: 800 + index, iid: 80 + index, status, created_at: toTime(begin), ...over });
}

async function startWithHostileNames(): Promise<Place> {
  const server = await start(guarded);
  const secret = { "x-gitlab-token": guarded.PIPEGAUGE_GITLAB_SECRET };
  const names = [...hostile, ...awkward];
  for (const [i, name] of names.entries()) {
    expect((await server.deliver("gitlab", hook(name, i + 2), secret)).status).to.equal(202);
    await sendWhatIsNotAccepted(server, name);
  }
  expect((await server.deliver("gitlab", createHostileRun(names), secret)).status).to.equal(202);
  return { server, examples: await readExamples(server) };
}

/** One run whose jobs, stages and runners have all of the names. */
function createHostileRun(names: readonly string[]): Json {
  const jobs = names.map((name, i): JobInput => {
    const more = { stage: name, runner: { id: i, description: name, tags: [name, "linux"] } };
    const times = { created: "10:00", started: `10:${10 + i}`, finished: `10:${11 + i}` };
    return { id: 20_000 + i, name, status: i % 3 === 0 ? "failed" : "success", reason: name, ...times, more };
  });
  const run = hook(names.find((name) => name.length >= 10_000) ?? "", 1);
  const { builds } = pipelineHook("failed", jobs);
  return { ...run, builds, commit: { title: names.join(" "), message: names.join(" ") } };
}
