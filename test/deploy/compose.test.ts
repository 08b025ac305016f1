import { Ajv, type AnySchema } from "ajv";
import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { freshFolder } from "../support/folder.ts";
import { requireTool } from "../support/tools.ts";
import { root } from "./dockerfile.ts";
import { getBinds, compose, pipegauge, services, text } from "./compose.ts";

/** The reference implementation's module, which holds the schema of https://compose-spec.io. */
const composeGo = "github.com/compose-spec/compose-go/v2@v2.9.0";

describe("docker-compose.yml", () => {
  const folder = freshFolder();

  it("is valid by the Compose specification's own schema", function () {
    this.timeout(120_000);
    const go = requireTool.call(this, "go");
    const config = JSON.parse(
      execFileSync(go, ["mod", "download", "-json", composeGo], { cwd: folder(), encoding: "utf8" }),
    ) as {
      readonly Dir: string;
    };
    const schema = JSON.parse(readFileSync(join(config.Dir, "schema/compose-spec.json"), "utf8")) as AnySchema;
    const { $schema: _, ...draftless } = schema as Record<string, unknown>;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(draftless);

    expect(validate(parse(text)), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate(parse(text.replace("    read_only: true", "    readonly: true")))).to.equal(false);
  });

  it("mounts only files that are there", () => {
    const binds = services.flatMap(([, service]) => getBinds(service));

    expect(binds.length).to.be.above(4);
    for (const { host } of binds) expect(existsSync(join(root, host)), host).to.equal(true);
    for (const host of ["./helm/pipegauge/dashboards", "./helm/pipegauge/rules"]) {
      expect(binds.map((bind) => bind.host)).to.include(host);
      expect(readdirSync(join(root, host)), host).to.have.length.above(0);
    }
  });

  it("pins every image but its own, keeps data in named volumes, and waits for what is healthy", () => {
    for (const [name, { image = "", build, depends_on = {}, volumes = [] }] of services) {
      if (build === undefined) expect(image, name).to.match(/:v?\d+\.\d+(\.\d+)?$/);
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition, `${name} waits for ${other}`).to.equal("service_healthy");
        expect(compose.services[other]?.healthcheck, other).to.not.equal(undefined);
      }
      const named = volumes.map((volume) => volume.split(":")[0] ?? "").filter((host) => !host.startsWith("."));
      expect(Object.keys(compose.volumes)).to.include.members(named);
    }
    expect(Object.keys(compose.volumes)).to.have.members(["postgres", "prometheus", "grafana"]);
  });

  it("gives Pipegauge no more than it needs, and no other service a port on the network", () => {
    expect(pipegauge).to.include({ read_only: true, stop_grace_period: "35s" });
    expect(pipegauge).to.deep.include({ cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    for (const [name, { ports = [] }] of services)
      if (name !== "pipegauge") for (const port of ports) expect(port, name).to.match(/^127\.0\.0\.1:/);
  });

  it("has a Prometheus configuration that promtool accepts, rules included", function () {
    const promtool = requireTool.call(this, "promtool");
    const file = join(folder(), "prometheus.yml");
    const given = readFileSync(`${root}deploy/compose/prometheus.yml`, "utf8");
    const mounts = getBinds(compose.services["prometheus"] ?? {});
    const moved = mounts.reduce((all, { host, inside }) => all.replaceAll(`${inside}/`, `${join(root, host)}/`), given);
    writeFileSync(file, moved);

    const { status, stdout, stderr } = spawnSync(promtool, ["check", "config", file], { encoding: "utf8" });

    expect(status, stderr).to.equal(0);
    expect(stdout)
      .to.match(/SUCCESS: \d+ rule files found/)
      .and.to.match(/SUCCESS: [1-9]\d* rules found/);
    expect(given).to.include("pipegauge:8080");
  });

  it("provisions Grafana with both databases and all dashboards", () => {
    const provisioning = `${root}deploy/compose/grafana/provisioning`;
    const read = (path: string) => parse(readFileSync(join(provisioning, path), "utf8")) as Record<string, unknown[]>;
    const sources = read("datasources/pipegauge.yml")["datasources"] as { type: string; url: string }[];
    const [provider] = read("dashboards/pipegauge.yml")["providers"] as { options: { path: string } }[];

    expect(sources.map(({ type, url }) => [type, url])).to.deep.equal([
      ["prometheus", "http://prometheus:9090"],
      ["grafana-postgresql-datasource", "postgres:5432"],
    ]);
    const grafana = compose.services["grafana"] ?? {};
    const [dashboards] = getBinds(grafana).filter(({ inside }) => inside === provider?.options.path);
    expect(dashboards?.host).to.equal("./helm/pipegauge/dashboards");
    const home = grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    expect(existsSync(home.replace(provider?.options.path ?? "", `${root}helm/pipegauge/dashboards`)), home).to.equal(
      true,
    );
  });
});
