import { expect } from "chai";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawAnswer, rawConnection, requestText } from "../support/server/socket.ts";

const body = JSON.stringify({ object_kind: "push" });

describe("rude clients", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    // Long enough for a request that this process sends at once, also on a busy machine.
    const limits = { headersTimeout: 2000, requestTimeout: 3000, connectionsCheckingInterval: 50 };
    server = await start({ tuning: { limits } });
  });

  afterEach("it still serves, and kept nothing", async () => {
    expect(await server.request("/healthz")).to.have.property("status", 200);
    expect(await readRows(server, "deliveries", { outcome: "accepted" })).to.deep.equal([]);
  });

  it("ends a request whose headers never end", async () => {
    const connection = await rawConnection(server.port);
    connection.send("POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");

    const dripping = setInterval(() => connection.send("a"), 20);
    const answer = await connection.closed.finally(() => clearInterval(dripping));

    expect(answer).to.match(/^HTTP\/1\.1 408 /);
  });

  it("ends a request whose body never ends", async () => {
    const connection = await rawConnection(server.port);
    connection.send("POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");

    const dripping = setInterval(() => connection.send("["), 20);
    const answer = await connection.closed.finally(() => clearInterval(dripping));

    expect(answer).to.match(/^(HTTP\/1\.1 408 |$)/);
    expect(await readRows(server, "deliveries", { outcome: "dead_letter" })).to.deep.equal([]);
  });

  it("ends a hundred of them, and serves others meanwhile", async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => rawConnection(server.port)));
    for (const connection of slow) connection.send("POST /webhooks/gitlab HTTP/1.1\r\nHost: loc");

    expect(await server.deliver("gitlab", body)).to.have.property("status", 200);

    for (const answer of await Promise.all(slow.map(({ closed }) => closed)))
      expect(answer).to.match(/^HTTP\/1\.1 408 /);
  });

  const refused: readonly (readonly [string, string, number])[] = [
    ["headers past the limit", requestText("GET", "/healthz", [`X-Large: ${"a".repeat(17_000)}`]), 431],
    [
      "very many headers",
      requestText(
        "GET",
        "/healthz",
        Array.from({ length: 4000 }, (_, i) => `X-${i}: 1`),
      ),
      431,
    ],
    ["a very long path", requestText("GET", `/${"a".repeat(20_000)}`), 431],
    ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400],
    ["a header without a colon", requestText("GET", "/healthz", ["Nonsense"]), 400],
    ["a NUL in a header", requestText("GET", "/healthz", ["X-Odd: a\u0000b"]), 400],
    ["a space before the colon", requestText("GET", "/healthz", ["X-Odd : a"]), 400],
    ["two lengths", requestText("POST", "/webhooks/gitlab", ["Content-Length: 3"], body), 400],
    ["a negative length", requestText("POST", "/webhooks/gitlab", ["Content-Length: -1"]), 400],
    ["a length and chunks", requestText("POST", "/webhooks/gitlab", ["Transfer-Encoding: chunked"], body), 400],
    ["a chunk without a size", `${requestText("POST", "/webhooks/gitlab", ["Transfer-Encoding: chunked"])}zz\r\n`, 400],
    ["an unknown method", requestText("STEAL", "/webhooks/gitlab"), 400],
    ["another protocol", "\u0016\u0003\u0001\u0002\u0000\r\n\r\n", 400],
  ];
  for (const [what, text, status] of refused) {
    it(`answers ${status} to ${what}`, async () => {
      const connection = await rawConnection(server.port);
      connection.send(text);

      expect(await connection.closed).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  it("answers requests that come at once, each in its turn", async () => {
    const connection = await rawConnection(server.port);
    const requests = ["/healthz", "/nothing", "/readyz"].map((path) => requestText("GET", path));

    connection.send(requests.join(""));
    await connection.expecting(/HTTP\/1\.1 200 .*HTTP\/1\.1 404 .*HTTP\/1\.1 200 .*ready/s);
    connection.close();
  });

  it("tells a careful sender to go on", async () => {
    const connection = await rawConnection(server.port);
    const [head = "", rest = ""] = requestText("POST", "/webhooks/gitlab", ["Expect: 100-continue"], body).split(
      /(\{.*)/s,
    );

    connection.send(head);
    await connection.expecting(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    connection.send(rest);

    await connection.expecting(/HTTP\/1\.1 200 OK/);
    connection.close();
  });

  it("takes odd headers that are in order", async () => {
    const odd = [
      "X-Empty:",
      "X-Latin: \u00e4\u00ff",
      "X-Twice: 1",
      "X-Twice: 2",
      "ce-id: ",
      "Cookie: a=b",
      "Cookie: c=d",
    ];

    const { status } = await rawAnswer(server.port, requestText("POST", "/webhooks/gitlab", odd, body));

    expect(status).to.equal(200);
  });
});
