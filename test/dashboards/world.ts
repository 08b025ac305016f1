import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendAll } from "../../src/demo/send.ts";
import { inventDay } from "../../src/demo/deliveries.ts";
import type { TestServer } from "../support/server/server.ts";

/** The secret of every source, so that some deliveries can lack it. */
export const secret = "demo-secret";

/** A server whose sources all have a secret, and whose job metrics have little room. */
export const environment: Readonly<Record<string, string>> = {
  PIPEGAUGE_LOG_LEVEL: "error",
  PIPEGAUGE_MAX_SERIES: "300",
  // So that few projects can fill a metric.
  PIPEGAUGE_SERIES_OPEN_PERCENT: "100",
  // The senders of the older tools have no secret to present.
  PIPEGAUGE_TRUST_LOCAL: "true",
  PIPEGAUGE_COLLECTOR_VIEWS: "true",
  ...Object.fromEntries(["GITLAB", "TEKTON", "JENKINS", "GITHUB"].map((name) => [`PIPEGAUGE_${name}_SECRET`, secret])),
};

/** The end of the day that is played: always the same one, so that the same things happen in it. */
export const evening = Date.UTC(2026, 10, 20, 21);

/**
 * The demo's day, in parts, with `between` after each; and in every part something of the older APIs. Counters are seen to
 * grow only by who looks in between.
 */
export async function play(
  server: TestServer,
  runs: number,
  parts: number,
  between: () => Promise<unknown>,
): Promise<void> {
  const { deliveries } = inventDay({ seed: 1, now: evening, runs });
  const target = { url: new URL(`${server.url}/`), token: secret };
  for (let part = 0; part < parts; part++) {
    const share = deliveries.slice((part * deliveries.length) / parts, ((part + 1) * deliveries.length) / parts);
    const tally = await sendAll(share, target, () => undefined);
    expect(tally.dead_letter + tally.ignored).to.equal(0);
    await olderTools(server, part);
    await between();
  }
}

/** What the senders of the older tools would send. */
async function olderTools(server: TestServer, part: number): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const { status } = await server.request(path, { method: "POST", body: JSON.stringify(body) });
    expect(status, path).to.be.within(200, 201);
  };
  for (const success of [true, false]) await post("/metrics", { name: "car_factory", success });
  await post("/save_metrics", savedPipeline(part + 1));
  for (const [minutes, status] of [
    [0.5, "success"],
    [4, "success"],
    [12, "failed"],
    [25, "failed"],
  ] as const) {
    const started = new Date(Date.now() - minutes * 60_000).toISOString();
    const use = { started, status, project: `group-${part}`, name: "dotnet_build" };
    expect((await server.request(`/steps?${new URLSearchParams(use).toString()}`)).status).to.equal(200);
  }
}

/** A pipeline as the older collector's client saves it, with steps inside its test job. */
export function savedPipeline(number: number): Record<string, unknown> {
  const createdAt = Date.now() - 3_600_000 + number * 60_000;
  const at = (seconds: number) => new Date(createdAt + seconds * 1000).toISOString();
  return {
    project: "older/project",
    pipeline_id: number,
    ref: "master",
    created_at: at(0),
    duration: 97 + number,
    duration_e2e: 27,
    has_restarts: false,
    builds: [{ "build-e2e": 64 }],
    jobs: [
      {
        name: "e2e",
        started_at: at(66),
        finished_at: at(93),
        duration: 27,
        pull: 3,
        up: 10,
        e2e: 14,
        up_without_pull: 7,
      },
    ],
    jobs_failed: [{ name: "e2e", duration: 20 }],
  };
}

/** Deliveries that go wrong: no secret, not understood, not about runs, and a flood of names. */
export async function oddities(server: TestServer): Promise<void> {
  const gitlab = (body: unknown, token: string, event = "Pipeline Hook") =>
    server.request("/webhooks/gitlab", {
      method: "POST",
      headers: { "content-type": "application/json", "x-gitlab-event": event, "x-gitlab-token": token },
      body: JSON.stringify(body),
    });
  for (let i = 0; i < 4; i++) expect((await gitlab({ object_kind: "pipeline", i }, "wrong")).status).to.equal(401);
  expect((await gitlab({ object_kind: "pipeline" }, secret)).json).to.include({ status: "dead_letter" });
  expect((await gitlab({ object_kind: "push" }, secret, "Push Hook")).json).to.include({ status: "ignored" });
  expect((await gitlab(flood(), secret)).status).to.equal(202);
}

/** A pipeline whose jobs have a new name in every run: more of them than there is room for. */
function flood(): Record<string, unknown> {
  const builds = Array.from({ length: 500 }, (_, i) => ({
    id: 900_000 + i,
    stage: "test",
    name: `shard ${i} of many`,
    status: "success",
    created_at: "2026-01-02 03:04:05 UTC",
    started_at: "2026-01-02 03:04:15 UTC",
    finished_at: "2026-01-02 03:05:15 UTC",
    duration: 60,
    queued_duration: 10,
  }));
  const moments = { created_at: "2026-01-02 03:04:05 UTC", finished_at: "2026-01-02 03:05:15 UTC" };
  return {
    object_kind: "pipeline",
    object_attributes: { id: 900_000, ref: "main", status: "success", duration: 60, queued_duration: 10, ...moments },
    project: { id: 90, path_with_namespace: "flood/jobs", default_branch: "main" },
    builds,
  };
}

/** Copies the rules, to be computed every two seconds. */
export function hastened(files: readonly string[], folder: string): string[] {
  return files.map((file, i) => {
    const copy = join(folder, `${i}.yaml`);
    const text = readFileSync(file, "utf8");
    writeFileSync(
      copy,
      text.replaceAll(/^ {4}interval: .*\n/gm, "").replaceAll(/^( {2}- name: .*)$/gm, "$1\n    interval: 2s"),
    );
    return copy;
  });
}
