import { expect } from "chai";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { request as requestHttp, type IncomingHttpHeaders } from "node:http";
import { demo } from "../../src/commands/demo/demo.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** As it comes over the wire. */
function get(server: TestServer, path: string, headers: Headers = {}, method = "GET"): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = requestHttp(`${server.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on("error", reject).end();
  });
}

/** What is the same in two answers: the age of things is not. */
function toStable(body: Buffer): string {
  return body.toString().replaceAll(/<time[^>]*>[^<]*<\/time>|up for <strong>[^<]*|"uptime_seconds":\d+/g, "");
}

describe("compression", () => {
  const start = testServers("shared");
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await start();
    await demo(["--url", server.url, "--runs", "40"], { write: () => undefined });
  });

  for (const path of ["/ui/", "/ui/runs", "/ui/sources", "/api/v1/runs?limit=100", "/openapi.json"])
    it(`makes ${path} smaller and leaves it what it is`, async () => {
      const plain = await get(server, path);
      const brotli = await get(server, path, { "accept-encoding": "gzip, deflate, br, zstd" });
      const gzip = await get(server, path, { "accept-encoding": "gzip" });

      expect([plain.headers["content-encoding"], brotli.headers["content-encoding"]]).to.deep.equal([undefined, "br"]);
      for (const { headers } of [plain, brotli, gzip]) expect(headers.vary).to.match(/^Accept-Encoding\b/);
      expect(gzip.headers["content-encoding"]).to.equal("gzip");
      expect(toStable(brotliDecompressSync(brotli.body))).to.equal(toStable(plain.body));
      expect(toStable(gunzipSync(gzip.body))).to.equal(toStable(plain.body));
      for (const { body } of [brotli, gzip]) expect(body.length * 4, "bytes").to.be.below(plain.body.length);
      // Without a validator no cache can mix the two up.
      for (const { headers } of [plain, brotli]) expect(headers.etag).to.equal(undefined);
    });

  it("is done as the client asks, and not where it is not worth it", async () => {
    const encoding = async (path: string, accepted: string) =>
      (await get(server, path, { "accept-encoding": accepted })).headers["content-encoding"];

    expect(await encoding("/ui/runs", "identity")).to.equal(undefined);
    expect(await encoding("/ui/runs", "br;q=0, gzip")).to.equal("gzip");
    expect(await encoding("/ui/runs", "zstd, deflate")).to.equal(undefined);
    expect(await encoding("/api/v1/runs?project=nowhere", "gzip"), "some bytes").to.equal(undefined);
    const head = await get(server, "/ui/runs", { "accept-encoding": "gzip" }, "HEAD");
    expect([head.status, head.body.length]).to.deep.equal([200, 0]);
  });

  it("does not touch metrics and deliveries", async () => {
    const metrics = await get(server, "/metrics/ledger", { "accept-encoding": "br, gzip" });
    const delivery = await server.deliver("gitlab", "{", { "accept-encoding": "br, gzip" });

    expect([metrics.headers["content-encoding"], metrics.headers.vary]).to.deep.equal([
      "gzip",
      "Accept, Accept-Encoding",
    ]);
    expect(gunzipSync(metrics.body).toString()).to.include("cicd_pipeline_runs_total");
    expect([delivery.headers.get("content-encoding"), delivery.headers.get("vary")]).to.deep.equal([null, null]);
  });
});
