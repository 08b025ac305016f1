import { expect } from "chai";
import { gzipSync } from "node:zlib";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawAnswer, rawConnection, requestText } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const limit = 4096;
const chunk = "x".repeat(1000);
const asChunk = `${chunk.length.toString(16)}\r\n${chunk}\r\n`;

/** A dead letter of exactly so many bytes. */
const ofSize = (bytes: number) => `${"[".repeat(10)}${" ".repeat(bytes - 10)}`;

describe("request bodies", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start({ env: { PIPEGAUGE_BODY_MAX_BYTES: String(limit) } });
  });

  const stored = () => readRows(server, "deliveries");
  const refusals = async (outcome: string) =>
    (await server.scrape()).total("pipegauge_deliveries_total", { source: "gitlab", outcome });

  it("takes a body of the greatest size", async () => {
    expect(await server.deliver("gitlab", ofSize(limit))).to.have.property("status", 202);
  });

  it("answers 413 to one byte more, closes the connection, and stores nothing", async () => {
    const before = await stored();
    const connection = await rawConnection(server.port);

    connection.send(requestText("POST", "/webhooks/gitlab", ["Content-Type: application/json"], ofSize(limit + 1)));
    const answer = await connection.closed;

    expect(answer)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.match(/^Connection: close\r$/im);
    expect(answer).to.include(`request body must be at most ${limit} bytes`);
    expect(await stored()).to.deep.equal(before);
    expect(await refusals("too_large")).to.equal(1);
  });

  it("answers 413 to a great length without waiting for the body", async () => {
    const connection = await rawConnection(server.port);

    connection.send("POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n");

    expect(await connection.closed).to.match(/^HTTP\/1\.1 413 /);
  });

  it("answers 413 to chunks past the limit, while more of them come", async () => {
    const before = await stored();
    const connection = await rawConnection(server.port);
    connection.send("POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");

    // Without end, as far as the server knows.
    const sending = setInterval(() => connection.send(asChunk), 1);
    const answer = await connection.closed.finally(() => clearInterval(sending));

    expect(answer)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.match(/^Connection: close\r$/im);
    expect(await stored()).to.deep.equal(before);
  });

  it("gets the 413 to a sender that first sends all of a large body", async () => {
    for (let round = 0; round < 5; round++) {
      const connection = await rawConnection(server.port);
      connection.send(requestText("POST", "/webhooks/gitlab", [], "x".repeat(3_000_000)));

      expect(await connection.closed).to.match(/^HTTP\/1\.1 413 /);
    }
  });

  it("takes chunks within the limit", async () => {
    const connection = await rawConnection(server.port);

    connection.send(
      `POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${asChunk}`,
    );
    connection.send(`${asChunk}0\r\n\r\n`);

    await connection.expecting(/^HTTP\/1\.1 202 /);
    connection.close();
    expect((await stored()).at(-1)).to.include({ bytes: 2000, body: chunk + chunk });
  });

  it("stores nothing of a delivery that breaks off", async () => {
    const before = await stored();
    const connection = await rawConnection(server.port);
    connection.send('POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n{"object_kind":');
    const answered = async () => (await server.scrape()).total("server_requests_total", { status: "400" });
    const [count] = [await answered()];

    connection.close();
    await until(async () => (await answered()) > count, "the end of the request");

    expect(await stored()).to.deep.equal(before);
    expect(await refusals("unavailable"), "it is the sender that was not available").to.equal(0);
  });

  for (const encoding of ["gzip", "GZIP", "br", "deflate, gzip"]) {
    it(`answers 415 to a body in ${encoding}, for any content`, async () => {
      const before = await refusals("unsupported");

      const body = gzipSync(JSON.stringify({ object_kind: "push" }));
      const { status, json } = await server.deliver("gitlab", body, { "content-encoding": encoding });

      expect(status).to.equal(415);
      expect(json["error"]).to.match(/content-encoding .* is not supported: send the body uncompressed/);
      expect(await refusals("unsupported")).to.equal(before + 1);
    });
  }

  it("answers 415 to chunks that are compressed on the way", async () => {
    const text = requestText("POST", "/webhooks/gitlab", ["Transfer-Encoding: gzip, chunked"]);

    expect(await rawAnswer(server.port, `${text}0\r\n\r\n`)).to.have.property("status", 415);
  });

  for (const encoding of ["identity", ""])
    it(`takes a body that says it is not encoded: "${encoding}"`, async () => {
      const { status } = await server.deliver("gitlab", { object_kind: "push" }, { "content-encoding": encoding });

      expect(status).to.equal(200);
    });

  it("answers 415 to CloudEvents in a format that Tekton never sends", async () => {
    const { status, json } = await server.deliver("tekton", "<event/>", {
      "content-type": "application/cloudevents+xml",
    });

    expect([status, json["error"]]).to.deep.equal([415, "CloudEvents format application/cloudevents+xml is not JSON"]);
    expect(await readRows(server, "deliveries", { source: "tekton" })).to.deep.equal([]);
  });

  it("goes on after all of this", async () => {
    expect(await server.deliver("gitlab", { object_kind: "tag_push" })).to.have.property("status", 200);
  });
});
