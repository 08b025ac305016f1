import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { replayStored } from "../../src/commands/replay/replay.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { StoredFilter } from "../../src/core/store/maintenance/stored-deliveries.ts";
import { createLog } from "../../src/log.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { fixture } from "../support/payloads/github.ts";
import { runFailed } from "../support/payloads/tekton.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const hook = JSON.stringify(pipelineHook("success", [unit], over("10:05", 240)));
const runs = "cicd_pipeline_runs_total";

describe("replay", () => {
  const start = testServers();
  const folder = freshFolder();

  /** As a person calls it, beside the running server. */
  async function replay(server: TestServer, ...args: readonly string[]): Promise<string> {
    const ended = await runProgram(["replay", ...args], { PIPEGAUGE_DATABASE_URL: `sqlite:${server.file}` });
    expect([ended.code, ended.stderr], ended.stdout).to.deep.equal([0, ""]);
    return ended.stdout.trim();
  }

  /** The same in this process. */
  async function replayed(server: TestServer, filter: StoredFilter = {}): Promise<Record<string, number>> {
    const config = loadConfig({ env: { PIPEGAUGE_DATABASE_URL: `sqlite:${server.file}` }, argv: [] });
    const { outcomes } = await replayStored(config, createLog("silent"), filter);
    config.close();
    return Object.fromEntries(outcomes);
  }

  /** What a version sees that understands the body which this one called broken. */
  async function mend(server: TestServer, broken: string, body: string): Promise<void> {
    const changed = await server.store.connection.knex("deliveries").where({ body: broken }).update({ body });
    expect(changed).to.equal(1);
  }

  it("counts a dead letter that is understood now, once, beside a running server", async () => {
    const server = await start();
    await server.deliver("gitlab", hook.slice(0, -1));
    await server.deliver("jenkins", "{");
    await mend(server, hook.slice(0, -1), hook);
    expect((await server.scrape()).total("pipegauge_dead_letters")).to.equal(2);

    expect(await replay(server, "--dead", "--source", "gitlab")).to.equal("replayed: 1 accepted");

    const totals = await server.scrape();
    expect(totals.total(runs, { provider: "gitlab", result: "success" })).to.equal(1);
    expect(totals.total("pipegauge_dead_letters", { source: "gitlab" })).to.equal(0);
    expect(totals.total("pipegauge_dead_letters", { source: "jenkins" })).to.equal(1);
    const [delivery] = await readRows(server, "deliveries", { source: "gitlab" });
    expect(delivery).to.include({ outcome: "accepted", reason: null, body: hook });

    expect(await replay(server, "--dead", "--source", "gitlab")).to.equal("no stored deliveries match");
    expect(await replayed(server, { source: "gitlab" }), "the body is there for good").to.deep.equal({ accepted: 1 });
    expect(await server.deliver("gitlab", hook), "and so does a resend by GitLab").to.have.property("status", 202);
    expect((await server.scrape()).counted).to.deep.equal(totals.counted);
  });

  it("leaves dead letters that are still not understood as they are", async () => {
    const server = await start();
    await server.deliver("gitlab", "{");
    const before = await readRows(server, "deliveries");

    expect(await replayed(server)).to.deep.equal({ dead_letter: 1 });

    expect(await readRows(server, "deliveries")).to.deep.equal(before);
  });

  it("leaves out what is not the body that came: bytes that were no text, and what redaction mends", async () => {
    const server = await start();
    const bytes = Buffer.from(hook);
    bytes[hook.indexOf("main")] = 0xff;
    const broken = hook.replace(/\}$/, ',"variables":[{"key": oops}]}');
    for (const body of [bytes, broken, hook.slice(0, -1)])
      expect((await server.deliver("gitlab", body)).json["status"]).to.equal("dead_letter");
    const before = (await server.scrape()).counted;

    expect(await replay(server, "--dead")).to.equal("replayed: 2 incomplete, 1 dead_letter");

    expect((await server.scrape()).counted).to.deep.equal(before);
    const { json } = await server.request("/api/v1/deliveries");
    const kept = (json["deliveries"] as { body_kept: boolean }[]).map((delivery) => delivery.body_kept);
    expect(kept).to.deep.equal([true, false, false]);
  });

  it("finds the headers that it needs", async () => {
    const server = await start();
    await server.deliver("tekton", "{", runFailed.headers as Record<string, string>);
    const { headers, body } = fixture("run-form-encoded");
    await server.deliver("github", "{", headers as Record<string, string>);
    const { knex } = server.store.connection;
    await knex("deliveries")
      .where({ source: "tekton" })
      .update({ body: Buffer.from(runFailed.body).toString() });
    await knex("deliveries")
      .where({ source: "github" })
      .update({ body: Buffer.from(body).toString() });

    expect(await replayed(server, { dead: true, since: Date.now() + 60_000 })).to.deep.equal({});
    expect(await replayed(server, { dead: true, since: Date.now() - 60_000 })).to.deep.equal({ accepted: 2 });

    const totals = await server.scrape();
    expect(totals.total(runs, { provider: "tekton", result: "failure" })).to.equal(1);
    expect(totals.total(runs, { provider: "github" })).to.equal(1);
  });

  it("judges times by when the body was received, not by today", async () => {
    const server = await start();
    const day = 86_400_000;
    const receivedAt = Date.now() - 10 * day;
    const gitlabTime = (days: number) => new Date(receivedAt + days * day).toISOString();
    const attributes = { created_at: gitlabTime(-1), finished_at: gitlabTime(2), duration: 5 };
    const body = JSON.stringify(pipelineHook("success", [], attributes));
    await server.deliver("gitlab", "{");
    await mend(server, "{", body);
    await server.store.connection.knex("deliveries").update({ received_at: receivedAt });

    expect(await replayed(server, { dead: true })).to.deep.equal({ accepted: 1 });

    const [run] = await readRows(server, "runs");
    expect(run).to.include({ result: "success", finished_at: null, duration_seconds: 5 });
    const [delivery] = await readRows(server, "deliveries");
    expect(delivery?.["reason"]).to.match(/^finished_at of run 700 is 172800 s ahead of this server's clock/);
  });

  it("repeats all bodies that were kept, without a change to any total", async () => {
    const file = join(folder(), "pipegauge.yaml");
    writeFileSync(file, "sources: [{name: gitlab, provider: gitlab, keepBodies: true}]\n");
    const server = await start({ argv: ["--config", file] });
    await server.deliver("gitlab", hook);
    await server.deliver("gitlab", pipelineHook("failed", [], { ...over("10:05", 240), id: 701 }));
    await server.deliver("gitlab", { object_kind: "push" });
    const [before, rows] = [(await server.scrape()).counted, await readRows(server, "runs")];

    expect(await replayed(server)).to.deep.equal({ accepted: 2, ignored: 1 });

    expect((await server.scrape()).counted).to.deep.equal(before);
    const facts = (all: typeof rows) => all.map(({ updated_at: _, ...columns }) => columns);
    expect(facts(await readRows(server, "runs"))).to.deep.equal(facts(rows));
  });
});
