import { expect } from "chai";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { CollectorRegistry, deleteFromGateway, Gauge, pushAddToGateway, pushToGateway } from "../../src/sdk/index.ts";
import { startPushgateway, type Pushgateway } from "../support/exposition/pushgateway.ts";
import { until } from "../support/wait.ts";

function registryWith(...names: readonly string[]): CollectorRegistry {
  const registry = new CollectorRegistry();
  for (const name of names) new Gauge(name, "A size", [], registry).set(names.length);
  return registry;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("a push to a real Pushgateway", () => {
  let gateway: Pushgateway;
  let address: string;
  const shown = () => gateway.shown();

  before(async function () {
    gateway = await startPushgateway.call(this);
    ({ address } = gateway);
  });
  after(() => gateway?.stop());

  it("replaces the group, adds to it, and deletes it", async () => {
    const group = { job: "build" };
    await pushToGateway(address, registryWith("old"), group);
    await pushToGateway(address, registryWith("app_bytes"), group);
    expect(await shown())
      .to.include('app_bytes{instance="",job="build"} 1')
      .and.not.to.include("old{");

    await pushAddToGateway(`http://${address}/`, registryWith("other_bytes"), group);
    expect(await shown())
      .to.include('app_bytes{instance="",job="build"} 1')
      .and.to.include("other_bytes{");

    await deleteFromGateway(address, group);
    await until(async () => !(await shown()).includes('job="build"'), "the deletion, which the Pushgateway does later");
  });

  const values = ["group/app", "", "a b", "100%", "größe", "=", "..", "."];
  for (const value of values) {
    it(`takes ${JSON.stringify(value)} in a grouping`, async () => {
      await pushToGateway(address, registryWith("x"), { job: "j", grouping: { project: value } });

      expect(await shown()).to.include(`\nx{instance="",job="j",project="${value}"} 1`);
      await deleteFromGateway(address, { job: "j", grouping: { project: value } });
      await until(
        async () => !(await shown()).includes("\nx{"),
        "the deletion, which the Pushgateway does after its answer",
      );
    });
  }

  it("takes a job with a slash", async () => {
    await pushToGateway(address, registryWith("y"), { job: "nightly/all" });

    expect(await shown()).to.include('y{instance="",job="nightly/all"} 1');
  });

  it("tells what the Pushgateway had against it", async () => {
    const refused = pushToGateway(address, registryWith("z"), { job: "j", grouping: { "not a label": "1" } });

    expect(await refused.catch((error: Error) => error.message)).to.match(
      new RegExp(`^the Pushgateway at ${address} refused the push with 400: .*label`),
    );
  });
});

describe("a push to a Pushgateway that is not there", () => {
  it("tells which address was refused", async () => {
    const probe = createServer();
    const port = await listen(probe);
    await new Promise((done) => probe.close(done));
    const failed = pushToGateway(`127.0.0.1:${port}`, registryWith("x"), { job: "j" });

    expect(await failed.catch((error: Error) => error.message)).to.match(
      new RegExp(`^the Pushgateway at 127.0.0.1:${port} did not answer: .*ECONNREFUSED`),
    );
  });

  it("gives up on one that is silent", async () => {
    const silent = createServer((socket) => socket.resume());
    const port = await listen(silent);
    const failed = pushToGateway(`127.0.0.1:${port}`, registryWith("x"), { job: "j", timeoutMillis: 50 });

    expect(await failed.catch((error: Error) => error.message)).to.match(/did not answer: .*timeout/);
    await new Promise((done) => silent.close(done));
  });

  it("needs an address and a job", async () => {
    const readMessage = (push: Promise<void>) => push.catch((error: Error) => error.message);

    expect(await readMessage(pushToGateway("no host", registryWith("x"), { job: "j" }))).to.equal(
      '"no host" is neither HOST:PORT nor a URL',
    );
    expect(await readMessage(pushToGateway("h:1", registryWith("x"), { job: "" }))).to.equal(
      "a push needs the name of its job",
    );
  });

  it("needs a text for each label, and one job", async () => {
    const readMessage = (grouping: Readonly<Record<string, string>>) =>
      pushToGateway("h:1", registryWith("x"), { job: "j", grouping }).catch((error: Error) => error.message);

    expect(await readMessage({ project: undefined as never })).to.equal(
      "job j: the value of label project must be a text",
    );
    expect(await readMessage({ job: "k" })).to.equal('job j: its grouping has a label "job" of its own: leave it out');
  });
});

describe("a push to a Pushgateway behind a password", () => {
  it("presents what stands in the address, and shows it nowhere", async () => {
    let presented: string | undefined;
    const gateway = createHttpServer((request, answer) => {
      presented = request.headers.authorization;
      answer.writeHead(500).end("no");
    });
    const port = await listen(gateway);
    const failed = await pushToGateway(`http://ci:p%40ss@127.0.0.1:${port}`, registryWith("x"), { job: "j" }).catch(
      (error: Error) => error.message,
    );
    gateway.closeAllConnections();
    gateway.close();

    expect(failed).to.equal(`the Pushgateway at 127.0.0.1:${port} refused the push with 500: no`);
    expect(presented).to.equal(`Basic ${Buffer.from("ci:p@ss").toString("base64")}`);
  });
});
