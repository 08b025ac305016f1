import { expect } from "chai";
import { networkInterfaces } from "node:os";
import { readRows } from "../support/database/rows.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";

const body = JSON.stringify({ object_kind: "push" });

/** An address of this machine that is not the loopback one, if it has any. */
const network = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === "IPv4" && !address.internal)?.address;

describe("a source without a secret", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start();
  });

  const withHost = (host: string) =>
    rawAnswer(server.port, requestText("POST", "/webhooks/gitlab", [], body).replace("Host: 127.0.0.1", host));

  for (const host of ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"]) {
    it(`takes a delivery from this host to ${host}`, async () => {
      expect(await withHost(`Host: ${host}`)).to.have.property("status", 200);
    });
  }

  const foreign: readonly Headers[] = [
    { "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-host": "ci.example.com" },
    { "x-forwarded-proto": "https" },
    { "x-real-ip": "203.0.113.9" },
    { forwarded: "for=203.0.113.9" },
    { via: "1.1 proxy.example.com" },
    { origin: "https://evil.example.com" },
    { origin: "null" },
  ];
  for (const headers of foreign) {
    it(`refuses what came through a proxy or a page: ${JSON.stringify(headers)}`, async () => {
      const answer = await server.deliver("gitlab", body.replace("}", "]"), headers);

      expect(answer.status).to.equal(401);
      expect(answer.json["error"]).to.match(/from this host only/);
      expect(await readRows(server, "deliveries", { outcome: "dead_letter", bytes: body.length })).to.deep.equal([]);
    });
  }

  for (const host of [
    "Host: pipegauge.example.com",
    "Host: localhost.example.com",
    "Host: 127.0.0.1.example.com",
    "Host: 192.0.2.7:8080",
    "Host: ",
  ]) {
    it(`refuses a delivery to a name that is not this host's: ${host}`, async () => {
      expect(await withHost(host)).to.have.property("status", 401);
    });
  }

  it("refuses what a proxy sends on that adds nothing and speaks HTTP/1.0", async () => {
    const text = requestText("POST", "/webhooks/gitlab", [], body).replace("HTTP/1.1", "HTTP/1.0");

    expect(await rawAnswer(server.port, text)).to.have.property("status", 401);
    expect(await rawAnswer(server.port, text.replace("Host: 127.0.0.1\r\n", ""))).to.have.property("status", 401);
  });

  it("is open to anyone where a setting allows it", async () => {
    const open = await start({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true", PIPEGAUGE_TEKTON_SECRET: "s" } });

    expect(await open.deliver("gitlab", body, { "x-forwarded-for": "203.0.113.9" })).to.have.property("status", 200);
    expect(await open.deliver("tekton", body), "a source with a secret").to.have.property("status", 401);
  });

  it("is closed to programs on this host once another source has a secret, unless a setting allows it", async () => {
    const env = { PIPEGAUGE_GITLAB_SECRET: "s" };
    const [closed, trusting] = [await start({ env }), await start({ env: { ...env, PIPEGAUGE_TRUST_LOCAL: "true" } })];

    expect(await closed.deliver("tekton", body)).to.have.property("status", 401);
    expect(await trusting.deliver("tekton", body)).to.have.property("status", 202);
    expect(await trusting.deliver("tekton", body, { via: "proxy" })).to.have.property("status", 401);
  });

  it("refuses what a page from elsewhere makes a browser send, though it says no Origin", async () => {
    for (const site of ["cross-site", "same-site"])
      expect(await server.deliver("gitlab", body, { "sec-fetch-site": site })).to.have.property("status", 401);
    expect(await server.deliver("gitlab", body, { "sec-fetch-site": "none" })).to.have.property("status", 200);
  });

  it("sees the header of a proxy behind however many others", async () => {
    for (const others of [997, 998, 1000, 2000, 2600]) {
      const headers = [...Array.from({ length: others }, () => "A: b"), "X-Forwarded-For: 203.0.113.9"];
      const answer = await rawAnswer(server.port, requestText("GET", "/api/v1/runs", headers));
      expect(answer.status, `after ${others} others`).to.equal(401);
    }
  });

  it("takes nothing from the network, while a source with a secret does", async function () {
    if (network === undefined) this.skip();
    const exposed = await start({ env: { PIPEGAUGE_HOST: "0.0.0.0", PIPEGAUGE_GITLAB_SECRET: "s" } });
    const deliver = (source: string, headers: readonly string[]) =>
      rawAnswer(exposed.port, requestText("POST", `/webhooks/${source}`, headers, body), network);

    // Any machine on the network can send any host name.
    expect(await deliver("tekton", ["Content-Type: application/json"])).to.have.property("status", 401);
    expect(await deliver("gitlab", ["X-Gitlab-Token: s"])).to.have.property("status", 200);
    expect(await exposed.deliver("tekton", body), "from this host").to.have.property("status", 401);
  });
});
