import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { testServers, type Headers } from "../support/server/server.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const paths = [
  "/ui/",
  "/ui/runs",
  "/ui/runs/1",
  "/api/v1/runs",
  "/api/v1/runs/1",
  "/api/v1/summary",
  "/api/v1/deliveries",
  "/api/v1/status",
  "/openapi.json",
];

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("the page and the read API", () => {
  const start = testServers();
  const folder = freshFolder();

  it("accept a token, as bearer or as the password that a browser asks for", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "old-token,new:töken" } });
    const status = async (path: string, authorization?: string) =>
      (await server.request(path, authorization === undefined ? {} : { headers: { authorization } })).status;

    for (const path of paths) {
      const wrong = [
        "Bearer x",
        "Bearer",
        "old-token",
        "Basic old-token",
        basic("old-token", ""),
        basic("", "old-toke"),
        "Basic !",
      ];
      for (const refused of [undefined, ...wrong])
        expect(await status(path, refused), `${path} ${refused}`).to.equal(401);
      const right = ["Bearer old-token", "bearer  old-token", basic("", "old-token"), basic("me", "new:töken")];
      for (const taken of right) expect(await status(path, taken), `${path} ${taken}`).to.be.oneOf([200, 404]);
    }
    const { headers, text } = await server.request("/ui/");
    expect(headers.get("www-authenticate")).to.equal('Bearer, Basic realm="Pipegauge", charset="UTF-8"');
    expect(headers.get("content-security-policy")).to.include("default-src 'none'");
    expect(text).to.include("PIPEGAUGE_API_TOKEN").and.not.include("old-token");
    expect((await server.request("/api/v1/runs")).json).to.have.property("error");
  });

  it("accept the token that its file holds now", async () => {
    const file = join(folder(), "token");
    writeFileSync(file, "first");
    const server = await start({ env: { PIPEGAUGE_API_TOKEN_FILE: file } });
    const status = async (token: string) =>
      (await server.request("/api/v1/status", { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status("first"), await status("second")]).to.deep.equal([200, 401]);

    writeFileSync(file, "second");

    // Asking again and again would be taken for guessing.
    await until(() => server.output().includes("read again"), "the new token");
    expect(await status("second")).to.equal(200);
    expect(await status("first")).to.equal(401);
  });

  const trusting: readonly (readonly [string, Headers])[] = [
    ["where nothing is configured", {}],
    [
      "where a setting allows it",
      { PIPEGAUGE_GITLAB_SECRET: "s", PIPEGAUGE_METRICS_TOKEN: "t", PIPEGAUGE_TRUST_LOCAL: "true" },
    ],
  ];
  for (const [when, env] of trusting)
    it(`accept this host alone ${when}`, async () => {
      const server = await start({ env });
      const foreign: readonly Headers[] = [
        { "x-forwarded-for": "203.0.113.9" },
        { forwarded: "for=203.0.113.9" },
        { "x-real-ip": "203.0.113.9" },
        { origin: "https://evil.example.com" },
        { "sec-fetch-site": "cross-site" },
      ];

      for (const path of paths) {
        expect((await server.request(path)).status, path).to.be.oneOf([200, 404]);
        for (const headers of foreign) {
          const answer = await server.request(path, { headers });
          expect(answer.status, `${path} ${JSON.stringify(headers)}`).to.equal(401);
          expect(answer.headers.get("www-authenticate"), "nothing to type that would help").to.equal("Bearer");
          expect(answer.text).to.include("PIPEGAUGE_API_TOKEN");
        }
        const rebound = requestText("GET", path).replace("Host: 127.0.0.1", "Host: evil.example.com");
        expect(await rawAnswer(server.port, rebound), path).to.have.property("status", 401);
      }
    });

  it("refuse with words that are in the guide", async () => {
    const guide = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
    const servers = [
      await start({ env: { PIPEGAUGE_API_TOKEN: "t" } }),
      await start(),
      await start({ env: { PIPEGAUGE_GITLAB_SECRET: "s" } }),
      await start({ env: { PIPEGAUGE_GITLAB_SECRET: "s" }, tuning: { pageToken: "t" } }),
    ];

    for (const server of servers) {
      const { json } = await server.request("/api/v1/runs", { headers: { "x-forwarded-for": "203.0.113.9" } });
      const [reason = ""] = String(json["error"]).split(/[,:]/);
      expect(reason).to.have.length.above(20);
      expect(guide).to.include(`\`${reason}\``);
    }
  });

  const configured: readonly Headers[] = [
    { PIPEGAUGE_GITLAB_SECRET: "s" },
    { PRPC_PSK: "k" },
    { PIPEGAUGE_METRICS_TOKEN: "t" },
    { PIPEGAUGE_TRUST_LOCAL: "false" },
  ];
  for (const env of configured)
    it(`refuse all requests, also from this host, with ${Object.keys(env).join()} and no token`, async () => {
      const server = await start({ env });

      for (const path of paths) {
        const answer = await server.request(path);
        expect(answer.status, path).to.equal(401);
        expect(answer.text).to.include("PIPEGAUGE_API_TOKEN");
      }
    });

  it("accept anyone where a setting allows it", async () => {
    const server = await start({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });

    for (const path of paths) {
      const { status } = await server.request(path, { headers: { "x-forwarded-for": "203.0.113.9" } });
      expect(status, path).to.be.oneOf([200, 404]);
    }
  });

  it("write the token into no log line", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "canary-token" } });

    for (const authorization of ["Bearer canary-token", "Bearer canary-wrong", basic("canary-user", "canary-token")]) {
      await server.request("/ui/", { headers: { authorization } });
    }

    expect(server.output()).to.not.include("canary");
  });
});
