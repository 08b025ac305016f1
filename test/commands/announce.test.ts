import { expect } from "chai";
import { announce } from "../../src/commands/serve/announce.ts";
import { loadConfig } from "../../src/config/index.ts";
import { createLog } from "../../src/log.ts";

describe("what a start says of who is let in", () => {
  /** The messages of a server with these settings, by level. */
  function announced(env: Readonly<Record<string, string>>, pageToken?: string): readonly string[] {
    const lines: string[] = [];
    const log = createLog("info", { write: (line) => void lines.push(line) });
    const config = loadConfig({ env, argv: [], log });
    announce(config, { port: 8080, healthPort: undefined }, log, pageToken);
    config.close();
    return lines.map((line) => {
      const { level, msg } = JSON.parse(line) as { level: string; msg: string };
      return `${level}: ${msg}`;
    });
  }

  it("prints the addresses where the log is text, as on a terminal", () => {
    const print = (logFormat: "json" | "text") => {
      let printed = "";
      const config = loadConfig({ env: { PIPEGAUGE_LOG_FORMAT: logFormat }, argv: [] });
      announce(config, { port: 8080, healthPort: undefined }, createLog("silent"), undefined, (text) => {
        printed += text;
      });
      config.close();
      return printed.split("\n").slice(2, 5);
    };

    expect(print("json")).to.deep.equal([]);
    expect(print("text")).to.deep.equal([
      "  page      http://127.0.0.1:8080/ui/",
      "  metrics   http://127.0.0.1:8080/metrics",
      "  webhooks  http://127.0.0.1:8080/webhooks/gitlab",
    ]);
  });

  const strong = "a-secret-of-sixteen-or-more";
  const openMetrics =
    "warn: /metrics is open to anyone who can reach it and shows names of projects, pipelines and jobs: set PIPEGAUGE_METRICS_TOKEN";
  const noReader = "warn: the page and the read API refuse all requests: set PIPEGAUGE_API_TOKEN";
  const weak = "warn: secrets of less than 16 characters can be guessed";
  const closed = "info: sources without a secret refuse all deliveries";

  it("warns of nothing in a trial", () => {
    expect(announced({})).to.deep.equal([
      "info: sources without a secret accept deliveries from this host only",
      "info: listening",
    ]);
  });

  it("warns of open metrics and of a page that refuses all requests, on a network", () => {
    const env = { PIPEGAUGE_GITLAB_SECRET: strong };

    expect(announced(env)).to.deep.equal([closed, noReader, openMetrics, "info: listening"]);
    expect(announced({ ...env, PIPEGAUGE_HOST: "127.0.0.1" })).to.not.include(openMetrics);
    expect(announced({ ...env, PIPEGAUGE_METRICS_TOKEN: strong, PIPEGAUGE_API_TOKEN: strong })).to.deep.equal([
      closed,
      "info: listening",
    ]);
  });

  it("warns of weak secrets", () => {
    const all: Record<string, string>[] = [
      { PIPEGAUGE_GITLAB_SECRET: "whsec_" },
      { PIPEGAUGE_API_TOKEN: "short" },
      { PRPC_PSK: "k" },
    ];
    for (const env of all) expect(announced(env), JSON.stringify(env)).to.include(weak);
  });

  it("warns of secrets that stand in an example", () => {
    const example = "warn: secrets that stand in an example are no secrets";
    for (const secret of [
      "change-me",
      "CHANGEME",
      "replace-with-your-own-secret",
      "<your-webhook-secret>",
      "my_secret_token_here",
    ])
      expect(announced({ PIPEGAUGE_GITLAB_SECRET: secret }), secret)
        .to.include(example)
        .and.to.not.include(weak);
    for (const secret of ["b2f61d2c6f0a4f1e9d0c", "the-oldest-lighthouse-in-the-bay", "ghp_0123456789abcdef"])
      expect(announced({ PIPEGAUGE_GITLAB_SECRET: secret }), secret).to.not.include(example);
  });

  it("warns where this host is accepted without a secret although there are secrets", () => {
    const lines = announced({ PIPEGAUGE_GITLAB_SECRET: strong, PIPEGAUGE_TRUST_LOCAL: "true" });

    expect(lines[0]).to.match(/^warn: requests from this host need no secret.*PIPEGAUGE_TRUST_LOCAL is true$/);
    expect(lines).to.not.include(noReader);
  });
});
