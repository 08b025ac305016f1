import { expect } from "chai";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { requireCaptures } from "../support/captures.ts";
import { freshFolder } from "../support/folder.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { randomFrom, shuffled } from "../support/random.ts";

/** A delivery as a real sender made it. */
interface Capture {
  readonly name: string;
  readonly provider: string;
  readonly source: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

const providers = ["gitlab", "tekton", "jenkins", "github"] as const;
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);

/** What belongs to the connection and not to the delivery, and secrets of the capturing server. */
const dropped = /^(host|connection|content-length|transfer-encoding|accept|accept-encoding|authorization|expect)$/;

function readCaptures(folder: string, provider: string): Capture[] {
  const files = readdirSync(join(folder, provider), { recursive: true }).map(String);
  return files
    .filter((name) => /\.(json|xml)$/.test(name))
    .toSorted()
    .map((name) => {
      const body = readFileSync(join(folder, provider, name));
      const source = toSource(provider, name);
      return { name: `${provider}/${name}`, provider, source, headers: readHeaders(folder, provider, name), body };
    });
}

/** Those that one server sent in one go. Others are examples by many hands, who give different runs the same ids. */
const together = [/^gen119-/, /^(structured\/)?pingcap-(?!.*standalone)/, /^other-senders\//];

function toSource(provider: string, name: string): string {
  const group = together.findIndex((pattern) => pattern.test(name));
  return `${provider}-${
    group < 0
      ? name
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, "-")
          .slice(-50)
      : group
  }`;
}

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

function readHeaders(folder: string, provider: string, name: string): Record<string, string> {
  const json = { "content-type": "application/json" };
  if (provider === "github") return { ...json, "x-github-event": toEvent(name), "x-github-delivery": name };
  if (provider === "gitlab") return { ...json, "user-agent": "GitLab/17.5.1", "idempotency-key": name };
  if (name.endsWith(".ce.json")) return { "content-type": "application/cloudevents+json" };
  const file = join(folder, provider, name.slice(0, -extname(name).length));
  const lines = existsSync(`${file}.headers`) ? readFileSync(`${file}.headers`, "utf8").split("\n") : [];
  const pairs = lines.map((line) => /^([\w-]+): (.*?)\r?$/.exec(line)).filter((match) => match !== null);
  const all = pairs.map(([, key = "", value = ""]) => [key.toLowerCase(), value] as const);
  return { ...json, ...Object.fromEntries(all.filter(([key]) => !dropped.test(key))) };
}

/** The files are named after GitHub's events. */
function toEvent(name: string): string {
  const event = /workflow_run|workflow_job|workflow_dispatch|check_run|ping|deployment.status/.exec(basename(name));
  return (event?.[0] ?? "").replace("-", "_");
}

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
