import { expect } from "chai";
import { createHmac } from "node:crypto";
import { pipelineHook } from "../support/payloads/gitlab.ts";
import { saveMetricsBody } from "../legacy/saved.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const hour = 3_600_000;
const signingKey = Buffer.alloc(32, 7).toString("base64");
const anomalies = "pipegauge_clock_anomalies_total";

/** As GitLab writes times, so many milliseconds from now. */
function fromNow(millis: number): string {
  return `${new Date(Date.now() + millis).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A Pipeline Hook of run `id`, created a minute ago, whose one job started at another moment. */
function hook(id: number, status: string, started: number, finished?: number): string {
  const end = finished === undefined ? null : fromNow(finished);
  const job = { created_at: fromNow(-60_000), started_at: fromNow(started), finished_at: end };
  const attributes = { id, created_at: fromNow(-60_000), finished_at: end, duration: end === null ? null : 5 };
  return JSON.stringify(pipelineHook(status, [{ id: id + 1, status, more: job }], attributes));
}

describe("clocks that do not agree", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start({ env: { PIPEGAUGE_GITLAB_SECRET: `t,whsec_${signingKey}`, PIPEGAUGE_TRUST_LOCAL: "true" } });
  });

  const token = { "x-gitlab-token": "t" };
  const counted = async (kind: string, source = "gitlab") => (await server.scrape()).total(anomalies, { source, kind });
  const state = async (id: number) => (await readRows(server, "runs", { native_id: String(id) }))[0];

  it("are reported by the answer, the page, the read API and a metric, and keep no run unfinished", async () => {
    const answer = await server.deliver("gitlab", hook(100, "running", 23 * hour), token);
    expect(answer.status).to.equal(202);
    expect(answer.json).to.have.property("status", "accepted");
    expect(answer.json["reason"]).to.match(
      /^started_at of job 101 is 8\d{4} s ahead of this server's clock: it was stored/,
    );
    expect(await state(100)).to.include({ state: "executing" });

    const end = await server.deliver("gitlab", hook(100, "success", -30_000, -1000), token);

    expect(end.json).to.deep.equal({ status: "accepted" });
    expect(await state(100)).to.include({ state: "finished", result: "success", duration_seconds: 5 });
    const { json } = await server.request("/api/v1/deliveries?source=gitlab");
    const reasons = (json["deliveries"] as { readonly reason: string | null }[]).map(({ reason }) => reason);
    expect(reasons).to.deep.equal([null, answer.json["reason"]]);
    expect((await server.request("/ui/sources")).text).to.include("started_at of job 101 is");
    expect(await counted("ahead")).to.equal(1);
    expect((await server.scrape()).total("cicd_pipeline_run_active")).to.equal(0);
  });

  it("are reported once when a delivery comes again", async () => {
    const before = await counted("dropped");
    const body = hook(200, "success", -30_000, 49 * hour);

    for (const status of [202, 200, 200]) {
      expect(await server.deliver("gitlab", body, token)).to.have.property("status", status);
    }

    expect(await counted("dropped")).to.equal(before + 1);
    const [reason = "", ...more] = await reasonsLike("dropped");
    expect(reason).to.match(/^finished_at of (run 200|job 201) is 176\d{3} s ahead/);
    expect(more).to.deep.equal([]);
    expect(await state(200)).to.include({ state: "finished", result: "success", finished_at: null });
  });

  async function reasonsLike(word: string): Promise<string[]> {
    const all = (await readRows(server, "deliveries")).map(({ reason }) => String(reason));
    return all.filter((reason) => reason.includes(word));
  }

  it("do not depend on age: a delivery about ten days ago, or a year ago, is counted and kept without a warning", async () => {
    for (const days of [10, 366]) {
      const then = -days * 24 * hour;
      const { json } = await server.deliver("gitlab", hook(300 + days, "success", then - 5000, then), token);
      expect(json).to.deep.equal({ status: "accepted" });
      expect((await state(300 + days))?.["finished_at"]).to.be.closeTo(Date.now() + then, 60_000);
    }
  });

  it("are logged, and not sent to the sender, where a right signature is stale", async () => {
    const body = hook(400, "success", -30_000, -1000);
    const timestamp = String(Math.floor(Date.now() / 1000) - 3600);
    const digest = createHmac("sha256", Buffer.from(signingKey, "base64")).update(`id.${timestamp}.${body}`);
    const signed = { "webhook-id": "id", "webhook-timestamp": timestamp };
    const good = { ...signed, "webhook-signature": `v1,${digest.digest("base64")}` };

    const answers = [
      await server.deliver("gitlab", body, good),
      await server.deliver("gitlab", body, { ...good, "webhook-signature": "v1,AAAA" }),
    ];

    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401]);
    expect(answers[0]?.text).to.equal(answers[1]?.text);
    const warnings = server.logged().filter(({ msg }) => String(msg).includes("stale"));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ level: "warn", source: "gitlab" });
    expect(warnings[0]?.["seconds"]).to.be.within(3600, 3660);
    expect(await counted("stale")).to.equal(1);
  });

  it("are reported by the template counter and by the pipeline collector", async () => {
    const started = new Date(Date.now() + hour).toISOString();
    const use = new URLSearchParams({ name: "build", project: "shop", status: "success", started });
    expect(await server.request(`/steps?${use.toString()}`)).to.have.property("status", 200);

    expect(await reasonsLike("started is in the future: no duration")).to.have.length(1);
    expect(await counted("dropped", "template-counter")).to.equal(1);

    const body = JSON.stringify(saveMetricsBody({ created_at: new Date(Date.now() + 30 * hour).toISOString() }));
    expect(await server.request("/save_metrics", { method: "POST", body })).to.have.property("status", 200);

    expect(await reasonsLike("finished_at of run team/shop")).to.have.length(1);
    expect(await counted("dropped", "pipeline-collector")).to.equal(1);
  });
});
