import { expect } from "chai";
import { broken, over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { fixture, secrets as githubSecrets } from "../support/payloads/github.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type Body, type TestServer } from "../support/server/server.ts";

let made = 700;

/** A green run that no other test has sent. */
function greenRun(): Record<string, unknown> {
  return pipelineHook("success", [{ ...unit, id: ++made }], { ...over("10:05", 240), id: made });
}

describe("POST /webhooks/:source", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start({
      env: { PIPEGAUGE_GITHUB_SECRET: githubSecrets.join(","), PIPEGAUGE_TRUST_LOCAL: "true" },
      tuning: { thread: true },
    });
  });

  /** How the answers are counted of which `act` gets some. */
  async function counted(act: () => Promise<unknown>): Promise<Record<string, number>> {
    const names = ["accepted", "duplicate", "ignored", "dead_letter"];
    const before = await server.scrape();
    await act();
    const now = await server.scrape();
    const risen = (outcome: string) =>
      now.total("pipegauge_deliveries_total", { outcome }) - before.total("pipegauge_deliveries_total", { outcome });
    return Object.fromEntries(names.map((name) => [name, risen(name)]).filter(([, rise]) => rise !== 0));
  }

  it("answers 202 to a new delivery, once it is in the database", async () => {
    const body = greenRun();
    const since = Date.now();

    const counts = await counted(async () => {
      const { status, json } = await server.deliver("gitlab", body);
      expect([status, json]).to.deep.equal([202, { status: "accepted" }]);
    });

    const [delivery] = await readRows(server, "deliveries", { outcome: "accepted" });
    expect(delivery).to.include({ source: "gitlab", provider: "gitlab", reason: null, headers: null, body: null });
    expect(delivery).to.have.property("bytes", JSON.stringify(body).length);
    expect(delivery?.["received_at"]).to.be.within(since, Date.now());
    const [run] = await readRows(server, "runs", { native_id: String(made) });
    expect(run).to.include({ state: "finished", result: "success", duration_seconds: 240 });
    expect(counts).to.deep.equal({ accepted: 1 });
  });

  it("answers 200 to the same delivery, by the sender's key or by its bytes, and counts it once", async () => {
    const body = greenRun();
    const key = { "idempotency-key": "7f3c" };
    const runs = await readRows(server, "runs");
    const before = (await server.scrape()).total("cicd_pipeline_runs_total");

    const counts = await counted(async () => {
      expect(await server.deliver("gitlab", body, key)).to.have.property("status", 202);
      // GitLab resends with the key, whatever else is different by then.
      const again = await server.deliver("gitlab", { ...body, resent: true }, key);
      expect([again.status, again.json]).to.deep.equal([200, { status: "duplicate" }]);
      expect(await server.deliver("gitlab", body), "another delivery of the same").to.have.property("status", 202);
      expect(await server.deliver("gitlab", body), "the same bytes").to.have.property("status", 200);
    });

    expect(counts).to.deep.equal({ accepted: 2, duplicate: 2 });
    expect(await readRows(server, "runs")).to.have.length(runs.length + 1);
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(before + 1);
  });

  it("takes one of eight that arrive at once", async () => {
    const body = greenRun();

    const answers = await Promise.all(Array.from({ length: 8 }, () => server.deliver("gitlab", body)));

    expect(answers.map(({ status }) => status).filter((status) => status !== 200)).to.deep.equal([202]);
    const [run] = await readRows(server, "runs", { native_id: String(made) });
    expect(await readRows(server, "run_completions", { run_id: Number(run?.["id"]) })).to.have.length(1);
  });

  it("answers 200 with the reason to what is about neither runs nor code", async () => {
    const counts = await counted(async () => {
      const { status, json } = await server.deliver("gitlab", { object_kind: "push" });
      expect(status).to.equal(200);
      expect(json).to.deep.equal({ status: "ignored", reason: "only pushes to the default branch are stored" });
    });

    expect(counts).to.deep.equal({ ignored: 1 });
    expect(await readRows(server, "deliveries", { outcome: "ignored" })).to.have.length(1);
  });

  const notUnderstood: readonly (readonly [string, string, Body, RegExp])[] = [
    ["JSON that is cut off", "gitlab", '{"object_kind":"pipeline",', /not valid JSON/],
    ["bytes that are no text", "gitlab", Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), /not valid UTF-8/],
    ["an empty body", "gitlab", "", /not valid JSON/],
    ["a list", "gitlab", [], /./],
    ["a custom template", "gitlab", { text: "pipeline 7 is green" }, /template/],
    ["an id past what a number can hold", "gitlab", pipelineHook("success", [], { id: 2 ** 60 }), /./],
    ["nesting without end", "gitlab", "[".repeat(100_000), /deeper/],
    ["no CloudEvent", "tekton", { pipelineRun: {} }, /ce-/],
    ["a build without a number", "jenkins", { name: "sweep", build: {} }, /./],
  ];
  for (const [what, source, body, reason] of notUnderstood) {
    it(`keeps ${what} as a dead letter, and answers 202`, async () => {
      const before = await server.scrape();

      const { status, json } = await server.deliver(source, body);

      expect([status, json["status"]]).to.deep.equal([202, "dead_letter"]);
      expect(json["reason"]).to.match(reason);
      const kept = (await readRows(server, "deliveries", { outcome: "dead_letter", source })).at(-1);
      expect(kept).to.include({ reason: json["reason"] });
      expect(kept?.["body"]).to.be.a("string");
      const after = await server.scrape();
      const gauge = (totals: typeof after) => totals.total("pipegauge_dead_letters", { source });
      expect(gauge(after) - gauge(before)).to.equal(1);
      expect(after.counted).to.deep.equal(before.counted);
    });
  }

  it("keeps one dead letter of the same bytes", async () => {
    expect((await server.deliver("jenkins", "{")).status).to.equal(202);
    expect((await server.deliver("jenkins", "{")).json).to.deep.equal({ status: "duplicate" });
  });

  it("takes a resend that is understood now in place of the dead letter", async () => {
    const key = { "idempotency-key": "mended" };
    const dead = await readRows(server, "deliveries", { outcome: "dead_letter" });
    expect((await server.deliver("gitlab", { text: "templated" }, key)).json["status"]).to.equal("dead_letter");

    expect((await server.deliver("gitlab", greenRun(), key)).json).to.deep.equal({ status: "accepted" });

    expect((await readRows(server, "runs", { native_id: String(made) }))[0]).to.include({ result: "success" });
    expect(await readRows(server, "deliveries", { outcome: "dead_letter" })).to.deep.equal(dead);
    expect((await readRows(server, "deliveries")).at(-1)).to.include({ outcome: "accepted", reason: null, body: null });
  });

  it("takes the good items of a batch, and keeps the batch for the bad ones", async () => {
    const event = { specversion: "1.0", id: "1", source: "/a", type: "dev.tekton.event.triggers.started.v1" };
    const batch = { "content-type": "application/cloudevents-batch+json" };

    const { status, json } = await server.deliver("tekton", [event, { ...event, id: "" }], batch);

    expect([status, json["status"]]).to.deep.equal([202, "dead_letter"]);
    expect(json["reason"]).to.match(/^item 2: /);
  });

  it("understands GitHub's form encoding, signed", async () => {
    const { headers, body } = fixture("run-form-encoded");

    const answer = await server.deliver("github", body, headers as Record<string, string>);

    expect(answer.json).to.deep.equal({ status: "accepted" });
    expect(await readRows(server, "runs", { source: "github", state: "finished" })).to.have.length(1);
  });

  it("counts a failure with its job", async () => {
    const id = ++made;
    const hook = pipelineHook("failed", [{ ...broken, id }], { ...over("10:05", 240), id });
    await server.deliver("gitlab", { ...hook, project: { path_with_namespace: "team/other", default_branch: "main" } });

    const after = await server.scrape();
    const labels = { project: "team/other", result: "failure" };
    expect(after.total("cicd_pipeline_runs_total", labels)).to.equal(1);
    expect(after.total("cicd_pipeline_runs_total", { project: "team/other" })).to.equal(1);
    expect(after.total("cicd_job_runs_total", { ...labels, job_name: "unit" })).to.equal(1);
  });
});
