import { expect } from "chai";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { testServers } from "../support/server/server.ts";

describe("CloudEvents handshake", () => {
  const start = testServers();
  const folder = freshFolder();

  async function serving(yaml: string) {
    const file = join(folder(), "pipegauge.yaml");
    writeFileSync(file, yaml);
    const server = await start({ argv: ["--config", file] });
    return (source: string, headers: Record<string, string>) =>
      server.request(`/webhooks/${source}`, { method: "OPTIONS", headers });
  }

  const origin = "events.example.com";
  const asked = { "webhook-request-origin": origin };

  it("consents to a configured origin, at any rate", async () => {
    const ask = await serving(`cloudEventOrigins: [${origin}]\n`);

    const { status, headers } = await ask("tekton", { ...asked, "webhook-request-rate": "120" });

    expect(status).to.equal(200);
    expect(headers.get("webhook-allowed-origin")).to.equal(origin);
    expect(headers.get("webhook-allowed-rate")).to.equal("*");
    expect(headers.get("allow")).to.equal("POST");
    expect((await ask("tekton", asked)).headers.get("webhook-allowed-rate")).to.equal(null);
  });

  it("consents to no other origin or source", async () => {
    const ask = await serving(`cloudEventOrigins: [${origin}]\n`);
    const others: readonly (readonly [string, Record<string, string>])[] = [
      ["tekton", {}],
      ["tekton", { "webhook-request-origin": "evil.example.com" }],
      ["tekton", { "webhook-request-origin": `${origin}.evil.example.com` }],
      ["tekton", { "webhook-request-origin": "*" }],
      ["gitlab", asked],
      ["jenkins", asked],
    ];

    for (const [source, headers] of others) {
      const answer = await ask(source, headers);
      expect(answer.status).to.equal(405);
      expect(answer.headers.get("allow")).to.equal("POST");
      expect(answer.headers.get("webhook-allowed-origin")).to.equal(null);
    }
    expect(await ask("nowhere", asked)).to.have.property("status", 404);
  });

  it("makes no request to the callback address of a handshake", async () => {
    let calls = 0;
    const listener = createServer((socket) => {
      calls++;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const elsewhere = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/confirm`;
    const ask = await serving(`cloudEventOrigins: [${origin}]\n`);

    expect(await ask("tekton", { ...asked, "webhook-request-callback": elsewhere })).to.have.property("status", 200);
    expect(await ask("gitlab", { ...asked, "webhook-request-callback": elsewhere })).to.have.property("status", 405);
    // One that is ours, so that whatever was on its way has arrived.
    expect(await fetch(elsewhere).catch((error: unknown) => error)).to.be.instanceOf(TypeError);
    listener.close();

    expect(calls).to.equal(1);
  });

  it("consents to no origin where none is configured", async () => {
    const ask = await serving("{}\n");

    expect(await ask("tekton", asked)).to.have.property("status", 405);
  });
});
