import { STATUS_CODES } from "node:http";
import { expect } from "chai";
import Koa from "koa";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { AppError, type ErrorCode } from "../../src/core/errors.ts";
import { handleErrors } from "../../src/http/errors.ts";
import { createLog } from "../../src/log.ts";
import { reachable, type Answer, type LogLine } from "../support/server/server.ts";

/** What a client and the log get to see of something that a route threw. */
async function seen(thrown: unknown): Promise<{ readonly answer: Answer; readonly logged: readonly LogLine[] }> {
  const lines: string[] = [];
  const app = new Koa();
  app.silent = true;
  app.use(handleErrors(createLog("debug", { write: (line) => void lines.push(line) })));
  app.use(() => {
    throw thrown;
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const answer = await reachable(port).request("/webhooks/gitlab?token=canary", { method: "POST" });
    return { answer, logged: lines.map((line) => JSON.parse(line) as LogLine) };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("errors", () => {
  const statusByCode: readonly (readonly [ErrorCode, number])[] = [
    ["invalid", 400],
    ["unauthorized", 401],
    ["not_found", 404],
    ["too_large", 413],
    ["unsupported", 415],
    ["unavailable", 503],
    ["usage", 503],
    ["unreachable", 503],
    ["config", 503],
    ["schema", 503],
  ];
  for (const [code, status] of statusByCode) {
    it(`answers ${status} to ${code}, in the words of the error`, async () => {
      const { answer } = await seen(new AppError(code, "what is wrong"));

      const detail = "what is wrong";
      const title = STATUS_CODES[status];
      expect(answer.json).to.deep.equal({ type: "about:blank", title, status, detail, error: detail });
      expect(answer.status).to.equal(status);
      expect(answer.headers.get("content-type")).to.equal("application/problem+json");
      expect(answer.headers.get("www-authenticate")).to.equal(status === 401 ? "Bearer" : null);
      expect(answer.headers.get("retry-after")).to.equal(status === 503 ? "5" : null);
      expect(answer.headers.get("connection")).to.equal(status === 413 ? "close" : "keep-alive");
    });
  }

  const unexpected: readonly (readonly [string, unknown, string])[] = [
    ["a fault of ours", new TypeError("canary is not a function"), "canary is not a function"],
    ["an error that carries a status", Object.assign(new Error("canary"), { status: 404, expose: true }), "canary"],
    ["what is no error at all", "canary", "canary"],
    ["nothing", null, "null"],
    ["undefined", undefined, "undefined"],
  ];
  for (const [what, thrown, message] of unexpected) {
    it(`answers 503 to ${what}, so that the sender tries again, and tells only the log`, async () => {
      const { answer, logged } = await seen(thrown);

      expect(answer.status).to.equal(503);
      expect(answer.json["detail"]).to.equal("the server could not handle the request, try again");
      const [line] = logged;
      expect(line).to.include({ level: "error", msg: "request failed", error: message });
      expect(line).to.include({ path: "/webhooks/gitlab?token=[redacted]" });
      expect(line).to.not.have.property("cause");
    });
  }

  it("logs what lies behind", async () => {
    const { logged } = await seen(new AppError("unavailable", "away", { cause: new Error("disk full") }));

    expect(logged[0]).to.include({ error: "away", cause: "disk full" });
  });
});
