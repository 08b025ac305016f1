import { expect } from "chai";
import { createLog, maskPath, type LogLevel } from "../src/log.ts";

function logged(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("log", () => {
  it("writes one line of JSON an event, with an ISO time and the level's name", () => {
    const [line, ...more] = logged("info", (log) => log.info({ source: "gitlab\n\u2028" }, "delivery\r\nforged"));

    expect(more).to.be.empty;
    expect(line).to.have.keys(["level", "time", "source", "msg"]);
    expect(line).to.include({ level: "info", source: "gitlab\n\u2028", msg: "delivery\r\nforged" });
    expect(line?.["time"]).to.match(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  });

  it("keeps to its level", () => {
    const all = (log: ReturnType<typeof createLog>) => {
      log.debug("d");
      log.info("i");
      log.warn("w");
      log.error("e");
    };

    const counts = (["debug", "info", "warn", "error", "silent"] as const).map((level) => logged(level, all).length);

    expect(counts).to.deep.equal([4, 3, 2, 1, 0]);
  });

  for (const name of [
    "authorization",
    "x-gitlab-token",
    "x-hub-signature",
    "x-hub-signature-256",
    "webhook-signature",
    "cookie",
  ]) {
    it(`never shows ${name}`, () => {
      const headers = { [name]: "canary", "x-gitlab-event": "Pipeline Hook" };

      const lines = logged("info", (log) => {
        log.info(headers);
        log.info({ headers });
        log.info({ request: { headers } });
        log.child({ headers }).info("child");
      });

      expect(lines).to.have.length(4);
      expect(JSON.stringify(lines)).to.not.include("canary");
      expect(JSON.stringify(lines).split("Pipeline Hook")).to.have.length(5);
    });
  }

  it("never shows a secret in a URL, wherever the URL stands", () => {
    const lines = logged("info", (log) => {
      log.info({ url: "/webhooks/tekton?token=canary&x=1" }, "GET /x?access_token=canary");
      log.info({ error: "cannot reach postgres://ci:canary@db.example.com/ci or http://:canary@host/" });
      log.info({ nested: { deep: ["https://u:canary@h/p?a=1&TOKEN=canary#f"] } });
    });

    expect(JSON.stringify(lines)).to.not.include("canary");
    expect(lines[0]).to.include({
      url: "/webhooks/tekton?token=[redacted]&x=1",
      msg: "GET /x?access_token=[redacted]",
    });
    expect(lines[1]?.["error"]).to.equal(
      "cannot reach postgres://ci:[redacted]@db.example.com/ci or http://:[redacted]@host/",
    );
  });

  it("leaves other text alone", () => {
    const text = 'a "quoted" token=1 at 12:30 of me@example.com, http://host:80/p@q?tokens=2';

    expect(logged("info", (log) => log.info(text))[0]?.["msg"]).to.equal(text);
  });

  const paths: readonly (readonly [string, string])[] = [
    ["/metrics", "/metrics"],
    ["/x?", "/x?"],
    ["/x?token=canary", "/x?token=[redacted]"],
    ["/x?a=1&access_token=canary&b=2", "/x?a=1&access_token=[redacted]&b=2"],
    ["/x?%74oken=canary", "/x?%74oken=[redacted]"],
    ["/x?TOKEN=canary=canary", "/x?TOKEN=[redacted]"],
    ["/x?token", "/x?token=[redacted]"],
    ["/x?a=%zz&token=canary", "/x?a=%zz&token=[redacted]"],
    ["/x?a?token=1&token=canary", "/x?a?token=1&token=[redacted]"],
    ["/x?tokens=1", "/x?tokens=1"],
  ];

  for (const [url, safe] of paths) it(`logs ${url} as ${safe}`, () => expect(maskPath(url)).to.equal(safe));

  it("cuts a long path", () => {
    expect(maskPath(`/${"x".repeat(5000)}`)).to.have.length(501);
  });
});
