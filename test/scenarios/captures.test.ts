import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireCaptures } from "../support/captures.ts";
import { freshFolder } from "../support/folder.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { providers, readCaptures, type Capture } from "./read-captures.ts";

const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);

/** Examples that somebody shortened or filled in by hand beyond what the sender would ever send. */
const neverSent = [
  "github/go-playground_workflow_job.json",
  "github/go-playground_workflow_run.json",
  "gitlab/mattermost_DeploymentEventFailed.json",
  "gitlab/mattermost_DeploymentEventRunning.json",
  "gitlab/mattermost_DeploymentEventSuccessful.json",
  "gitlab/mattermost_DeploymentEventWithoutAction.json",
  "gitlab/otel_pipeline_canceled_minimal.json",
  "gitlab/otel_pipeline_child_multiproject.json",
  "gitlab/otel_pipeline_running_with_finished_at_minimal.json",
];

describe(`captures of real senders (seed ${seed})`, function () {
  this.timeout(60_000);
  const start = testServers();
  const folder = freshFolder();
  let captures: Capture[] = [];

  before(function () {
    const payloads = requireCaptures.call(this);
    captures = providers.flatMap((provider) => readCaptures(payloads, provider));
  });

  async function serving(): Promise<TestServer> {
    const sources = new Map(captures.map(({ source, provider }) => [source, provider]));
    const file = join(folder(), "pipegauge.yaml");
    writeFileSync(
      file,
      ["sources:", ...[...sources].map(([name, of]) => `  - {name: ${name}, provider: ${of}}`)].join("\n"),
    );
    return start({ argv: ["--config", file], env: { PIPEGAUGE_LOG_LEVEL: "error" } });
  }

  async function deliver(server: TestServer, all: readonly Capture[]): Promise<Map<string, string>> {
    const outcomes = new Map<string, string>();
    for (const { name, source, headers, body } of all) {
      const { status, json, text } = await server.deliver(source, body, headers);
      expect(status, `${name}: ${text}`).to.be.oneOf([200, 202]);
      outcomes.set(name, String(json["status"]));
    }
    return outcomes;
  }

  it("none is refused, and none is beyond understanding", async () => {
    const server = await serving();

    const outcomes = await deliver(server, captures);

    expect(captures.length).to.be.above(80);
    const dead = [...outcomes].filter(([, outcome]) => outcome === "dead_letter").map(([name]) => name);
    expect(dead.toSorted()).to.deep.equal(neverSent);
    const totals = await server.scrape();
    for (const provider of providers) {
      expect(totals.total("cicd_pipeline_runs_total", { provider }), provider).to.be.above(0);
      expect(await readRows(server, "runs", { provider }), provider).to.not.deep.equal([]);
    }
  });

  it("have a class of failure, but for less than a twentieth of the jobs and builds that failed", async () => {
    const server = await serving();
    await deliver(server, captures);

    const { jobs, items } = await server.store.read("failures", { since: 0, until: Date.now(), filter: {} });

    const unknown = items.find(({ failureClass }) => failureClass === "unknown")?.jobs ?? 0;
    expect(jobs, "jobs and builds that failed or were cancelled").to.be.at.least(8);
    expect(new Set(items.map(({ failureClass }) => failureClass)).size, "classes").to.be.above(1);
    expect(
      unknown / jobs,
      JSON.stringify(items.map(({ failureClass, jobs: count }) => [failureClass, count])),
    ).to.be.below(0.05);
  });

  it("count once, with any number and order of repeats", async () => {
    const server = await serving();
    const random = randomFrom(seed);
    await deliver(server, captures);
    const once = (await server.scrape()).counted;

    await deliver(server, shuffled([...captures, ...captures], random));
    const anew = captures.map((capture) => resent(capture));
    await deliver(server, shuffled([...anew, ...captures], random));

    expect((await server.scrape()).counted).to.deep.equal(once);
  });

  it("come to the same totals in any order", async () => {
    const random = randomFrom(seed);
    const ordered = await serving();
    const reordered = await serving();

    await deliver(ordered, captures);
    await deliver(reordered, shuffled(captures, random));

    // Of two deliveries that prove one completion with different times, the first one to arrive is observed. Of builds of one
    // path that tell no queue id, so is the wait: nothing else says whose it was (docs/adr/0022-a-build-is-its-path-and-its-start.md).
    const counters = async (server: TestServer) =>
      Object.entries((await server.scrape()).counted).filter(
        ([series]) => /_total\{|_count\{/.test(series) && !/^cicd_pipeline_run_queue_.*provider="jenkins"/.test(series),
      );
    expect(await counters(reordered)).to.deep.equal(await counters(ordered));
  });
});

/** The same statement under a new key, as a restarted controller or a person with a button sends it. */
function resent({ headers, body, ...capture }: Capture): Capture {
  const keys = ["idempotency-key", "x-github-delivery", "ce-id"].filter((name) => headers[name] !== undefined);
  const fresh = Object.fromEntries(keys.map((name) => [name, `${headers[name] ?? ""}-again`]));
  return { ...capture, headers: { ...headers, ...fresh }, body: Buffer.concat([body, Buffer.from("\n")]) };
}
