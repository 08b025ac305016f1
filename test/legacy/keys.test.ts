import { expect } from "chai";
import { saveMetricsBody } from "./saved.ts";
import { testServers, type ServerOptions, type TestServer } from "../support/server/server.ts";

/** Who may count through the older APIs. */
describe("older APIs: the pre-shared key", () => {
  const serve = testServers();
  const psk = "L3t, M3!n";
  const wrongForm = 'The Authorization header must be provided in the format of "PRPC <pre-shared key>"';
  const wrongKey = "The provided pre-shared key is incorrect";
  const query = "/steps?started=2026-11-20T12:00:00Z&status=success&project=p&name=go_build";

  const report = (server: TestServer, headers: Record<string, string> = {}) =>
    server.request("/metrics", {
      method: "POST",
      headers,
      body: JSON.stringify({ name: "car_factory", success: true }),
    });

  async function counted(server: TestServer): Promise<number> {
    const totals = await server.scrape();
    return totals.total("car_factory_pipeline_run_total") + totals.total("ci_total_jobs_usage");
  }

  const refused: readonly (readonly [string, Record<string, string>, string])[] = [
    ["no header", {}, wrongForm],
    ["an empty one", { authorization: "" }, wrongForm],
    ["another scheme", { authorization: `Bearer ${psk}` }, wrongForm],
    ["another spelling of the scheme", { authorization: `prpc ${psk}` }, wrongForm],
    ["no key", { authorization: "PRPC" }, wrongForm],
    ["the key alone", { authorization: psk }, wrongForm],
    ["a wrong key", { authorization: "PRPC my_token" }, wrongKey],
    ["the beginning of the key", { authorization: "PRPC L3t," }, wrongKey],
    ["the key and more", { authorization: `PRPC ${psk} x` }, wrongKey],
    ["the key twice", { authorization: `PRPC ${psk}, PRPC ${psk}` }, wrongKey],
    ["bytes that are no text", { authorization: "PRPC \u00ff\u00fe" }, wrongKey],
  ];
  describe("of the run counter", () => {
    const start = testServers("shared");
    let server: TestServer;
    before("start a server", async () => {
      server = await start({ env: { PRPC_PSK: psk } });
    });

    for (const [what, headers, error] of refused) {
      it(`refuses ${what}, in the older tool's words`, async () => {
        const { status, json, headers: answered } = await report(server, headers);

        expect({ status, json }).to.deep.equal({ status: 401, json: { error } });
        expect(answered.get("www-authenticate")).to.equal("PRPC");
        expect(await counted(server)).to.equal(0);
      });
    }
  });

  const presented: readonly (readonly [string, string, Record<string, string>])[] = [
    ["PRPC", "", { authorization: `PRPC ${psk}` }],
    ["the password of a URL", "", { authorization: `Basic ${btoa(`x:${psk}`)}` }],
    ["the password of an empty user name", "", { authorization: `basic ${btoa(`:${psk}`)}` }],
    ["a token in the query", `token=${encodeURIComponent(psk)}`, {}],
  ];
  for (const [how, token, headers] of presented) {
    it(`takes the key as ${how} on every older path`, async () => {
      const server = await serve({ env: { PRPC_PSK: psk } });
      const post = (path: string, body: object, more = headers) =>
        server.request(`${path}?${token}`, { method: "POST", headers: more, body: JSON.stringify(body) });
      const use = { status: "success", project: "p", name: "go_build" };

      const answers = [
        await post("/metrics", { name: "car_factory", success: true }),
        await post("/save_metrics", saveMetricsBody()),
        await post("/steps", use),
        await server.request(`${query}&${token}`, { headers }),
        await server.request(`${query.replace("steps", "jobs")}&${token}`, { headers }),
      ];

      expect(answers.map(({ status }) => status)).to.deep.equal([201, 200, 200, 200, 200]);
      expect(await counted(server)).to.equal(4);
    });
  }

  const mistaken: readonly (readonly [string, string, Record<string, string>])[] = [
    ["a wrong password", "", { authorization: `Basic ${btoa("x:wrong")}` }],
    ["the key as user", "", { authorization: `Basic ${btoa(`${psk}:`)}` }],
    ["a wrong token", "token=wrong", {}],
    ["a wrong header beside the right token", `token=${encodeURIComponent(psk)}`, { authorization: "PRPC x" }],
  ];
  for (const [what, token, headers] of mistaken) {
    it(`refuses ${what} on every older path, however local`, async () => {
      const server = await serve({ env: { PRPC_PSK: psk, PIPEGAUGE_TRUST_LOCAL: "true" } });
      const post = (path: string) => server.request(`${path}?${token}`, { method: "POST", headers, body: "{}" });

      const answers = [await post("/metrics"), await post("/save_metrics"), await post("/steps")];

      for (const { status, json } of answers) expect([status, json["error"]]).to.deep.equal([401, wrongKey]);
      expect((await server.request(`${query}&${token}`, { headers })).status).to.equal(401);
    });
  }

  it("says how to present a key that is set, where none was shown", async () => {
    const server = await serve({ env: { PRPC_PSK: psk } });

    const { status, json } = await server.request(query, { headers: { via: "proxy" } });

    expect(status).to.equal(401);
    expect(json["error"]).to.match(
      /send it as "Authorization: PRPC <key>", as the password in the URL, or as \?token=/,
    );
  });

  it("accepts a program on this host without the key, where a setting allows it, on the collector's path too", async () => {
    const server = await serve({ env: { PRPC_PSK: psk, PIPEGAUGE_TRUST_LOCAL: "true" } });
    const save = () => server.request("/save_metrics", { method: "POST", body: JSON.stringify(saveMetricsBody()) });

    expect((await save()).status).to.equal(200);
  });

  it("says nothing of the body before the key was right", async () => {
    const server = await serve({ env: { PRPC_PSK: psk } });

    const { status } = await server.request("/metrics", { method: "POST", body: "{" });

    expect(status).to.equal(401);
  });

  it("takes each of several keys, as a rotation needs it", async () => {
    const server = await serve({ env: { PRPC_PSK: `old key\n${psk}` } });

    for (const key of ["old key", psk]) {
      expect((await report(server, { authorization: `PRPC ${key}` })).status).to.equal(201);
    }
    expect(await counted(server)).to.equal(2);
  });

  it("never shows the key in the log", async () => {
    const server = await serve({ env: { PRPC_PSK: psk } });
    await report(server, { authorization: `PRPC ${psk}` });
    await report(server, { authorization: `PRPC ${psk}x` });

    expect(server.output()).to.not.contain(psk);
  });

  it("counts the refused among the deliveries", async () => {
    const server = await serve({ env: { PRPC_PSK: psk } });
    await report(server);

    const totals = await server.scrape();

    expect(totals.total("pipegauge_deliveries_total", { source: "run-counter", outcome: "unauthorized" })).to.equal(1);
  });

  const strangers: readonly (readonly [string, Record<string, string>])[] = [
    ["through a proxy", { "x-forwarded-for": "192.0.2.1" }],
    ["from a page", { origin: "https://evil.example.com" }],
    ["for an image on a page", { "sec-fetch-site": "cross-site" }],
  ];
  for (const [how, headers] of strangers) {
    it(`refuses requests ${how}, where there is no key`, async () => {
      const server = await serve();

      const answers = [await report(server, headers), await server.request(query, { headers })];

      expect(answers.map(({ status }) => status)).to.deep.equal([401, 401]);
      expect(answers[0]?.json["error"]).to.contain("PRPC_PSK");
      expect(await counted(server)).to.equal(0);
    });

    it(`accepts requests ${how}, where a setting allows it`, async () => {
      const server = await serve({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });

      const answers = [await report(server, headers), await server.request(query, { headers })];

      expect(answers.map(({ status }) => status)).to.deep.equal([201, 200]);
    });
  }

  describe("of the template counter, which never asked for one", () => {
    const cases: readonly (readonly [string, ServerOptions, Record<string, string>, number])[] = [
      ["a program on this host without the key", { env: { PRPC_PSK: psk } }, {}, 401],
      [
        "a program on this host without the key, where a setting allows it",
        { env: { PRPC_PSK: psk, PIPEGAUGE_TRUST_LOCAL: "true" } },
        {},
        200,
      ],
      ["a program on this host, where nothing is configured", {}, {}, 200],
      ["a stranger with the key", { env: { PRPC_PSK: psk } }, { via: "proxy", authorization: `PRPC ${psk}` }, 200],
      ["a stranger without the key", { env: { PRPC_PSK: psk } }, { via: "proxy" }, 401],
      ["a stranger with a wrong key", { env: { PRPC_PSK: psk } }, { via: "proxy", authorization: "PRPC x" }, 401],
      ["a program on this host with a wrong key", { env: { PRPC_PSK: psk } }, { authorization: "PRPC x" }, 401],
      [
        "a stranger without the key, where a setting allows it",
        { env: { PRPC_PSK: psk, PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } },
        { via: "proxy" },
        200,
      ],
    ];
    for (const [who, options, headers, expected] of cases) {
      it(`${expected === 200 ? "accepts" : "refuses"} ${who}`, async () => {
        const server = await serve(options);

        const { status } = await server.request(query, { headers });

        expect(status).to.equal(expected);
        expect(await counted(server)).to.equal(expected === 200 ? 1 : 0);
      });
    }
  });
});
