import { expect } from "chai";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { peakMegabytes } from "../../bench/procfs.ts";
import { freshFolder } from "../support/folder.ts";
import { chartLimitMegabytes, openFlood, type Flood } from "../support/server/flood.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requestText } from "../support/server/socket.ts";
import { requireProcfs } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const secret = "brass-turnstile-7";
const mebi = 2 ** 20;
/** All bodies together are more than the chart's limit, and each of them is less than a body may be. */
const [connections, bodyBytes] = [50, 12 * mebi];
/** The default of `PIPEGAUGE_BODY_BUDGET_BYTES`. */
const budget = 64 * mebi;
/**
 * What the flood may cost beyond the budget: what was received and not looked at yet, and garbage before it is collected.
 * 70 MB were seen; all bodies would be 630. Megabytes of 1,000,000 bytes, as all memory here.
 */
const margin = 200;

/** A request with a body whose last byte is never sent. */
interface Unfinished {
  readonly path: string;
  readonly headers: readonly string[];
}

const strangers: readonly Unfinished[] = [
  { path: "/webhooks/gitlab", headers: [] },
  { path: "/webhooks/gitlab", headers: ["X-Gitlab-Token: guessed"] },
  { path: "/webhooks/github", headers: ["X-GitHub-Event: workflow_run"] },
  { path: "/webhooks/jenkins?token=guessed", headers: [] },
  { path: "/webhooks/tekton", headers: ["Authorization: Bearer guessed"] },
];

/** Those of whom only the whole body can tell whether they have the secret, and some who have it. */
const accepted: readonly Unfinished[] = [
  { path: "/webhooks/gitlab", headers: [`X-Gitlab-Token: ${secret}`] },
  {
    path: "/webhooks/github",
    headers: ["X-GitHub-Event: workflow_run", `X-Hub-Signature-256: sha256=${"0".repeat(64)}`],
  },
];

describe("a server that many large bodies without an end are sent to", function () {
  this.timeout(120_000);
  const folder = freshFolder();
  let server: TestProcess;
  let flood: Flood | undefined;
  let baseline = 0;

  before(function () {
    requireProcfs.call(this);
  });
  beforeEach(async () => {
    server = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      PIPEGAUGE_GITLAB_SECRET: secret,
      PIPEGAUGE_GITHUB_SECRET: secret,
      PIPEGAUGE_JENKINS_SECRET: secret,
    });
    baseline = peakMegabytes(server.pid);
  });
  afterEach(async () => {
    flood?.end();
    await server.end("SIGKILL");
  });

  /** Sends all but the last byte on each connection, as fast as the server takes it; `statuses` are the answers so far. */
  async function send(requests: readonly Unfinished[]) {
    flood = await openFlood(server.port, connections, ["127.0.0.1"]);
    const answers = flood.sockets.map((socket, i) => {
      const { path, headers } = requests[i % requests.length] as Unfinished;
      let text = "";
      socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
      socket.write(requestText("POST", path, [...headers, `Content-Length: ${bodyBytes}`]));
      return () => text;
    });
    const sent = Promise.all(flood.sockets.map(sendAllButOne));
    return { sent, statuses: () => answers.map((answer) => /^HTTP\/1\.1 (\d{3})/.exec(answer())?.[1] ?? "none") };
  }

  const deliver = (filler: number) =>
    server.deliver("gitlab", { object_kind: "push", filler: "x".repeat(filler) }, { "x-gitlab-token": secret });
  const held = async () => (await server.scrape()).total("pipegauge_body_bytes");

  function expectBounded(): void {
    const peak = peakMegabytes(server.pid);
    const most = baseline + budget / 1e6 + margin;
    expect(peak, `peak memory, ${baseline} MB before`).to.be.below(most).and.below(chartLimitMegabytes());
  }

  it("answers strangers and holds none of their bodies, while others are served", async () => {
    const { sent, statuses } = await send(strangers);
    await sent;
    await until(() => statuses().every((status) => status !== "none"), "an answer to each", 60_000);

    expect(new Set(statuses())).to.deep.equal(new Set(["401"]));
    expect(await server.request("/healthz")).to.have.property("status", 200);
    expect(await held()).to.equal(0);
    expect(await deliver(10)).to.have.property("status", 200);
    flood?.end();
    expect(await deliver(10 * mebi), "a large one afterwards").to.have.property("status", 200);
    expectBounded();
  });

  it("holds of those that it has to read what the budget says, while others are served", async () => {
    const { sent, statuses } = await send(accepted);
    await until(async () => (await held()) > budget / 2, "much is held", 60_000);
    await until(() => statuses().includes("503"), "the budget is full", 60_000);
    expect(await server.request("/healthz")).to.have.property("status", 200);
    expect(await held()).to.be.at.most(budget);
    expect(await deliver(10)).to.have.property("status", 200);
    await sent;
    flood?.end();
    await until(async () => (await held()) === 0, "all is given back", 60_000);
    expect(await deliver(10 * mebi), "a large one afterwards").to.have.property("status", 200);
    expectBounded();
  });
});

async function sendAllButOne(socket: Socket): Promise<void> {
  const piece = Buffer.alloc(mebi, " ");
  const closed = new AbortController();
  socket.once("close", () => closed.abort());
  for (let left = bodyBytes - 1; left > 0 && !socket.destroyed; left -= piece.length) {
    if (socket.write(piece.subarray(0, Math.min(left, piece.length)))) continue;
    // A connection that the server closes meanwhile takes no more.
    await once(socket, "drain", { signal: closed.signal }).catch(() => undefined);
  }
}
