import { expect } from "chai";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { contract } from "./contract.ts";
import { startWorld, type World } from "./world.ts";

describe("GET /metrics/<exporter>", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => (world = await startWorld()));
  after(() => world.end());
  /** Another server that knows the exporters of ./world.ts, where one is given. */
  const base = () => process.env["EXPORTERS_URL"] ?? `${world.server.url}/metrics`;

  for (const { request, method = "GET", status, body, type } of contract) {
    it(`answers ${status} to ${method} ${request}`, async () => {
      const answer = await fetch(`${base()}/${request}`, { method });
      const text = await answer.text();

      expect([answer.status, answer.headers.get("content-type")], text).to.deep.equal([status, type]);
      if (typeof body === "string") expect(text).to.equal(body);
      else expect(text).to.match(body);
      if (status === 405) expect(answer.headers.get("allow")).to.equal("GET");
    });
  }

  it("has run nothing that a request tried to smuggle in", () => {
    expect(existsSync(join(world.folder, "owned"))).to.equal(false);
    expect(existsSync("owned") || existsSync("owned.txt")).to.equal(false);
  });

  it("leaves no file behind", () => {
    expect(readdirSync(join(world.folder, "tmp"))).to.deep.equal([]);
  });

  const debugged: readonly (readonly [request: string, status: number, expected: Readonly<Record<string, unknown>>])[] =
    [
      ["fine?debug", 200, { returncode: 0, stdout: "noise\n", stderr: "", metrics: "# TYPE fine gauge\nfine 1\n" }],
      ["fine?debug=1", 200, { returncode: 0, stdout: "noise\n" }],
      ["boom?debug", 500, { returncode: 3, stderr: "no route to host\n", metrics: "" }],
      ["killed?debug", 500, { returncode: -9 }],
      ["broken?debug", 502, { returncode: 0, metrics: "a 1\nnot metrics at all\n" }],
      ["own?debug&x=y", 200, { returncode: 0, stdout: "printed by the module\n" }],
    ];
  for (const [request, status, expected] of debugged) {
    it(`tells all of ${request}`, async () => {
      const answer = await world.server.request(`/metrics/${request}`);

      expect(answer.status).to.equal(status);
      expect(answer.json).to.include(expected);
      expect(answer.json).to.have.all.keys(
        "returncode",
        "stdout",
        "stderr",
        "metrics_filename",
        "metrics-filename",
        "metrics",
      );
      expect(answer.json["metrics_filename"])
        .to.equal(answer.json["metrics-filename"])
        .and.to.match(/metrics\.prom$/);
    });
  }

  it("shows no setting of the server to an exporter", async () => {
    expect((await world.server.request("/metrics/secrets")).text).to.equal("found 0\n");
  });

  it("tells an exporter how long it may take", async () => {
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "7" };
    const { text } = await world.server.request("/metrics/limits", { headers });
    const [, timeout = "", deadline = ""] = /^timeout (\S+)\ndeadline (\S+)\n$/.exec(text) ?? [];

    expect(Number(timeout)).to.be.within(5.5, 6.5);
    expect(Number(deadline) - Date.now() / 1000).to.be.within(4, 6.5);
  });

  it("counts requests by path and status, and no unknown exporter", async () => {
    const { text } = await world.server.request("/metrics/server");
    const paths = [...text.matchAll(/^server_exporter_requests_total\{path="([^"]*)",status="(\d+)"\} /gm)].map(
      ([, path, status]) => `${path} ${status}`,
    );

    expect(paths).to.include.members(["/metrics/fine 200", "/metrics/boom 500", "/metrics/broken 502"]);
    expect(paths.filter((path) => /nosuch|40\d|\/ /.test(path))).to.deep.equal([]);
    expect(text).to.match(/^server_exporter_seconds_total\{path="\/metrics\/fine"\} \d/m);
  });

  it("lists the exporters for Prometheus' HTTP service discovery", async () => {
    const { headers, text } = await world.server.request("/metrics/targets");
    const targets = JSON.parse(text) as { targets: string[]; labels: Record<string, string> }[];

    expect(headers.get("content-type")).to.match(/^application\/json/);
    expect(targets.map(({ labels }) => labels["exporter"])).to.include.members(["fine", "own", "dummy", "nested"]);
    expect(targets[0]).to.deep.equal({
      targets: [`127.0.0.1:${world.server.port}`],
      labels: { __metrics_path__: "/metrics/fine", exporter: "fine" },
    });
  });
});

describe("GET /metrics/<exporter> with tokens", () => {
  let world: World;
  before(
    async () =>
      (world = await startWorld("", { PIPEGAUGE_METRICS_TOKEN: "scrape-me", PIPEGAUGE_API_TOKEN: "read-me" })),
  );
  after(() => world.end());
  const get = (path: string, token?: string) =>
    world.server.request(path, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });

  it("asks for the scraper's token, and for the page's where it shows what a program printed", async () => {
    expect((await get("/metrics/fine")).status).to.equal(401);
    expect((await get("/metrics/nosuch")).status).to.equal(401);
    expect((await get("/metrics/targets")).status).to.equal(401);
    expect((await get("/metrics/fine", "scrape-me")).status).to.equal(200);
    expect((await get("/metrics/fine?debug", "scrape-me")).status).to.equal(401);
    expect((await get("/metrics/fine?debug", "read-me")).status).to.equal(200);
  });
});
