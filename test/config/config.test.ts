import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type Config } from "../../src/config/index.ts";
import { maskConfig } from "../../src/config/printable.ts";
import { defaultTaskRules } from "../../src/core/task-type.ts";
import { freshFolder } from "../support/folder.ts";

const quiet = { info: () => undefined, warn: () => undefined };

function load(env: NodeJS.ProcessEnv, argv: readonly string[] = []): Config {
  const config = loadConfig({ env, argv, log: quiet });
  config.close();
  return config;
}

describe("configuration", () => {
  const folder = freshFolder();

  function yaml(text: string): string {
    const file = join(folder(), "pipegauge.yaml");
    writeFileSync(file, text);
    return file;
  }

  it("needs nothing: one source a provider, on this host alone", () => {
    const {
      sources,
      close: _,
      exporterEnvironment,
      metricsTokens,
      apiTokens,
      legacyKeys,
      providerTokens,
      origins,
      ...plain
    } = load({});

    expect(plain).to.deep.equal({
      host: "127.0.0.1",
      port: 8080,
      databaseUrl: "sqlite:./pipegauge.db",
      databaseCaFile: undefined,
      allowUnauthenticated: false,
      trustLocal: true,
      isTrial: true,
      retentionDays: 400,
      staleDays: 7,
      publicBadges: false,
      collectorViews: false,
      seriesMax: 10_000,
      samplesMax: 250_000,
      jobsMax: 20_000,
      seriesOpenPercent: 50,
      seriesSharePercent: 10,
      rollupShards: 1,
      partitioned: false,
      bodyMaxBytes: 25 * 1024 * 1024,
      bodyBudgetBytes: 64 * 1024 * 1024,
      connectionsPerAddress: 512,
      healthPort: undefined,
      deadLetterBytes: 64 * 1024 * 1024,
      logLevel: "info",
      logFormat: "auto",
      taskRules: defaultTaskRules,
      runnerClasses: [],
      prices: [],
      cloudEventOrigins: [],
      legacyDatabasePath: "prpc.db",
      exporters: [],
      exporterWorkers: 2,
    });
    expect([...new Set(Object.values(origins))]).to.deep.equal(["default"]);
    expect([metricsTokens(), apiTokens(), legacyKeys()]).to.deep.equal([[], [], []]);
    expect(exporterEnvironment()).to.deep.equal({});
    expect([providerTokens.gitlab(), providerTokens.github()]).to.deep.equal([[], []]);
    expect(
      sources.map(({ name, provider, keepBodies, secrets }) => [name, provider, keepBodies, secrets()]),
    ).to.deep.equal([
      ["gitlab", "gitlab", false, []],
      ["tekton", "tekton", false, []],
      ["jenkins", "jenkins", false, []],
      ["github", "github", false, []],
    ]);
  });

  it("takes every setting from its variable", () => {
    const config = load({
      PIPEGAUGE_HOST: "::1",
      PIPEGAUGE_PORT: "9090",
      PIPEGAUGE_DATABASE_URL: "postgres://ci@db.example.com/ci",
      PIPEGAUGE_GITHUB_SECRET: "new, old",
      PIPEGAUGE_METRICS_TOKEN: "m",
      PIPEGAUGE_API_TOKEN: "a1,a2",
      PIPEGAUGE_RETENTION_DAYS: "90",
      PIPEGAUGE_MAX_SERIES: "500",
      PIPEGAUGE_BODY_MAX_BYTES: "26214400",
      PIPEGAUGE_LOG_LEVEL: "DEBUG",
      PRPC_PSK: "with, a comma",
      PRPC_DB_PATH: "/srv/prpc.db",
      WORKERS: "4",
    });

    expect(maskConfig(config)).to.deep.include({
      host: "::1",
      port: 9090,
      databaseUrl: "postgres://ci@db.example.com/ci",
      retentionDays: 90,
      seriesMax: 500,
      bodyMaxBytes: 26_214_400,
      logLevel: "debug",
      legacyDatabasePath: "/srv/prpc.db",
      exporterWorkers: 4,
    });
    expect(config.sources.find(({ name }) => name === "github")?.secrets()).to.deep.equal(["new", "old"]);
    expect([config.metricsTokens(), config.apiTokens()]).to.deep.equal([["m"], ["a1", "a2"]]);
    expect(config.legacyKeys(), "the older tool took the whole value").to.deep.equal(["with, a comma"]);
  });

  it("takes every variable from a file too", () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder(), name), text);
      return join(folder(), name);
    };

    const config = load({
      PIPEGAUGE_PORT_FILE: file("port", "9091\n"),
      PIPEGAUGE_DATABASE_URL_FILE: file("url", "postgres://ci:pw@db.example.com/ci\n"),
      PIPEGAUGE_GITLAB_SECRET_FILE: file("secret", "new\r\nold\r\n"),
      PIPEGAUGE_METRICS_TOKEN_FILE: file("token", "a,b\n"),
      PRPC_PSK_FILE: file("psk", "one, two\nthree\n"),
    });

    expect([config.port, config.databaseUrl]).to.deep.equal([9091, "postgres://ci:pw@db.example.com/ci"]);
    expect(config.sources[0]?.secrets()).to.deep.equal(["new", "old"]);
    expect([config.metricsTokens(), config.legacyKeys()]).to.deep.equal([
      ["a", "b"],
      ["one, two", "three"],
    ]);
  });

  it("prefers a flag to a variable, a variable to the file, the file to the default", () => {
    const config = yaml("port: 1001\nretentionDays: 31\nlogLevel: error\nmaxSeries: 77\nbodyMaxBytes: 2048\n");
    const env = { PIPEGAUGE_CONFIG: config, PIPEGAUGE_PORT: "1002", PIPEGAUGE_RETENTION_DAYS: "32" };

    const loaded = load(env, ["--port", "1003", "--log-level=warn"]);

    const { port, retentionDays, logLevel, seriesMax, bodyMaxBytes, host } = loaded;
    expect({ port, retentionDays, logLevel, seriesMax, bodyMaxBytes, host }).to.deep.equal({
      port: 1003,
      retentionDays: 32,
      logLevel: "warn",
      seriesMax: 77,
      bodyMaxBytes: 2048,
      host: "127.0.0.1",
    });
    expect(load({ PIPEGAUGE_CONFIG: "/nowhere.yaml" }, ["--config", yaml("port: 1004")]).port).to.equal(1004);
  });

  it("honours PORT where PIPEGAUGE_PORT is not set", () => {
    expect(load({ PORT: "5000" }).port).to.equal(5000);
    expect(load({ PORT: "5000", PIPEGAUGE_PORT: "5001" }).port).to.equal(5001);
    expect(load({ PORT: "5000" }, ["--port", "5002"]).port).to.equal(5002);
    expect(load({ PORT: "5000", PIPEGAUGE_CONFIG: yaml("port: 5003") }).port).to.equal(5000);
  });

  it("overlooks what Kubernetes says about a service called pipegauge", () => {
    const links = {
      PIPEGAUGE_SERVICE_HOST: "10.0.0.1",
      PIPEGAUGE_SERVICE_PORT: "8080",
      PIPEGAUGE_SERVICE_PORT_HTTP: "8080",
      PIPEGAUGE_PORT: "tcp://10.0.0.1:8080",
      PIPEGAUGE_PORT_8080_TCP: "tcp://10.0.0.1:8080",
      PIPEGAUGE_PORT_8080_TCP_PROTO: "tcp",
      PIPEGAUGE_PORT_8080_TCP_PORT: "8080",
      PIPEGAUGE_PORT_8080_TCP_ADDR: "10.0.0.1",
      PIPEGAUGE_POSTGRESQL_SERVICE_HOST: "10.0.0.2",
      PIPEGAUGE_POSTGRESQL_PORT: "tcp://10.0.0.2:5432",
    };

    expect(load(links).port).to.equal(8080);
    expect(load({ ...links, PORT: "5000" }).port).to.equal(5000);
  });

  it("prints everything but secrets and passwords", () => {
    const config = load({
      PIPEGAUGE_DATABASE_URL: "postgres://ci:canary@db.example.com/ci?sslmode=require&password=canary",
      PIPEGAUGE_GITLAB_SECRET: "canary",
      PIPEGAUGE_METRICS_TOKEN: "canary",
      PIPEGAUGE_API_TOKEN: "canary,canary2",
      PRPC_PSK: "canary",
    });

    const printed = maskConfig(config);

    expect(JSON.stringify(printed)).to.not.include("canary");
    expect(printed).to.deep.include({
      databaseUrl: "postgres://ci:***@db.example.com/ci?sslmode=require&password=***",
      metricsTokens: ["***"],
      apiTokens: ["***", "***"],
      legacyKeys: ["***"],
    });
  });

  it("is frozen", () => {
    const config = load({});

    expect([config, config.sources, config.sources[0], config.taskRules, config.runnerClasses].every(Object.isFrozen))
      .to.be.true;
  });
});
