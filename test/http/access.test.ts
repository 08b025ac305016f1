import { expect } from "chai";
import { createServer, request as send, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { testServers, type TestServer } from "../support/server/server.ts";

const [secret, apiToken] = ["a-secret-of-gitlab", "an-api-token-of-a-test"];
const env = { PIPEGAUGE_GITLAB_SECRET: secret, PIPEGAUGE_API_TOKEN: apiToken };
const hook = JSON.stringify({ object_kind: "wiki_page" });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a client that was given this host name: `fetch` does not send another one than that of the address. */
function ask(
  port: number,
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const { method = "GET", headers = {}, body = "" } = init;
    const sent = send(
      { host: "127.0.0.1", port, path, method, headers: { host: "ci.example.com", ...headers } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    sent.on("error", reject).end(body);
  });
}

/** A proxy as docs/access.md describes it: it lets in whom its own cookie names, with the token, and passes webhooks by. */
function createSigningProxy(target: number): Server {
  return createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const isWebhook = path.startsWith("/webhooks/");
    const answer = (status: number, location?: string) => {
      outgoing.writeHead(status, location === undefined ? {} : { location }).end();
    };
    if (path === "/") return answer(302, "/ui/");
    if (!isWebhook && !/^\/(ui|api|badge)\/|^\/openapi\.json$/.test(path)) return answer(404);
    const isSignedIn = incoming.headers.cookie?.includes("proxy_session=mira") === true;
    if (!isWebhook && !isSignedIn) return answer(302, "https://login.example.com/");
    const headers = {
      ...incoming.headers,
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": incoming.headers.host,
      ...(isWebhook ? {} : { authorization: `Bearer ${apiToken}` }),
    };
    const passed = send({ host: "127.0.0.1", port: target, path, method: incoming.method, headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(outgoing);
    });
    return incoming.pipe(passed);
  });
}

describe("access through a proxy that signs people in", () => {
  const launch = testServers();
  let server: TestServer;
  let proxy: Server;
  let port = 0;
  const signedIn = { cookie: "proxy_session=mira" };

  beforeEach(async () => {
    server = await launch({ env });
    proxy = createSigningProxy(server.port);
    await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
    port = (proxy.address() as AddressInfo).port;
  });
  afterEach((done) => {
    proxy.closeAllConnections();
    proxy.close(done);
  });

  it("opens the page, what it links to, and the API to whom it let in, without the token", async () => {
    for (const path of ["/ui/", "/ui/runs", "/api/v1/status", "/openapi.json"]) {
      expect((await ask(port, path)).headers.location, path).to.equal("https://login.example.com/");
      expect((await ask(port, path, { headers: signedIn })).status, path).to.equal(200);
    }
    const page = await ask(port, "/ui/", { headers: { ...signedIn, accept: "text/html" } });
    expect(page.text).to.include("Pipegauge");
    expect(page.text).to.not.include(apiToken);
    const [, sheet = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec(page.text) ?? [];
    const { pathname } = new URL(sheet, "http://ci.example.com/ui/");
    expect((await ask(port, pathname, { headers: signedIn })).headers["content-type"]).to.include("text/css");
  });

  it("is refused by the server itself without the header, whatever the proxy says of the client", async () => {
    const forwarded = {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-user": "mira",
      forwarded: "for=127.0.0.1",
      via: "1.1 proxy",
    };

    for (const headers of [{}, forwarded, { ...forwarded, host: "127.0.0.1" }, signedIn]) {
      expect((await ask(server.port, "/api/v1/status", { headers })).status).to.equal(401);
      expect((await ask(server.port, "/ui/", { headers })).status).to.equal(401);
    }
  });

  it("leaves webhooks to the secrets of their senders", async () => {
    const post = { method: "POST", body: hook };
    const headers = { "content-type": "application/json", "x-gitlab-event": "Wiki Page Hook" };

    expect((await ask(port, "/webhooks/gitlab", { ...post, headers })).status).to.equal(401);
    expect((await ask(port, "/webhooks/gitlab", { ...post, headers: { ...headers, ...signedIn } })).status).to.equal(
      401,
    );
    const right = { ...headers, "x-gitlab-token": secret };
    expect((await ask(port, "/webhooks/gitlab", { ...post, headers: right })).status).to.equal(200);
  });

  it("never shows the metrics, also not to a scraper at the first path", async () => {
    const scraper = { ...signedIn, accept: "text/plain;version=0.0.4" };

    expect((await ask(server.port, "/", { headers: scraper })).text).to.include("pipegauge_build_info");
    for (const path of ["/metrics", "/metrics/ledger", "/"]) {
      const { status, text } = await ask(port, path, { headers: scraper });
      expect(status, path).to.be.oneOf([302, 404]);
      expect(text, path).to.equal("");
    }
  });
});
