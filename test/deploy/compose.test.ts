import { Ajv, type AnySchema } from "ajv";
import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { parse } from "yaml";
import { adapters } from "../../src/adapters/index.ts";
import { loadConfig, type Config } from "../../src/config/index.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { fencesOf, readPage } from "../support/markdown.ts";
import { requireTool } from "../support/tools.ts";
import { root } from "./dockerfile.ts";

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: unknown;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly [key: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const text = readFileSync(`${root}docker-compose.yml`, "utf8");
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);
const pipegauge = compose.services["pipegauge"] ?? {};
const secretsFolder = "./deploy/compose/secrets/";

/** The reference implementation's module, which holds the schema of https://compose-spec.io. */
const composeGo = "github.com/compose-spec/compose-go/v2@v2.9.0";

/** Host and container side of a bind mount; `undefined` for a named volume. */
function bindsOf({ volumes = [] }: Service): { readonly host: string; readonly inside: string }[] {
  return volumes.flatMap((volume) => {
    const [host = "", inside = ""] = volume.split(":");
    return host.startsWith(".") ? [{ host, inside }] : [];
  });
}

describe("docker-compose.yml", () => {
  const folder = freshFolder();

  it("is valid by the Compose specification's own schema", function () {
    this.timeout(120_000);
    const go = requireTool.call(this, "go");
    const told = JSON.parse(
      execFileSync(go, ["mod", "download", "-json", composeGo], { cwd: folder(), encoding: "utf8" }),
    ) as {
      readonly Dir: string;
    };
    const schema = JSON.parse(readFileSync(join(told.Dir, "schema/compose-spec.json"), "utf8")) as AnySchema;
    const { $schema: _, ...draftless } = schema as Record<string, unknown>;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(draftless);

    expect(validate(parse(text)), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate(parse(text.replace("    read_only: true", "    readonly: true")))).to.equal(false);
  });

  it("mounts only files that are there", () => {
    const binds = services.flatMap(([, service]) => bindsOf(service));

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

  it("gives Pipegauge no more than it needs, and nobody else a port to the network", () => {
    expect(pipegauge).to.include({ read_only: true, stop_grace_period: "35s" });
    expect(pipegauge).to.deep.include({ cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    for (const [name, { ports = [] }] of services)
      if (name !== "pipegauge") for (const port of ports) expect(port, name).to.match(/^127\.0\.0\.1:/);
  });

  describe("its secrets", () => {
    function make(): string {
      mkdirSync(join(folder(), "deploy"));
      cpSync(join(root, "deploy/compose/make-secrets.sh"), join(folder(), "deploy/compose/make-secrets.sh"));
      return execFileSync("sh", [join(folder(), "deploy/compose/make-secrets.sh")], { encoding: "utf8" });
    }

    const made = (name: string) => join(folder(), secretsFolder, name);

    it("are made once by the script, all of them, for nobody else's eyes", function () {
      requireTool.call(this, "openssl");
      const names = Object.keys(compose.secrets);
      make();

      expect(readdirSync(made(""))).to.have.members(names);
      for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).to.equal(secretsFolder + name);
      expect(statSync(made("")).mode & 0o777).to.equal(0o700);
      // Bind-mounted as they are, and read by users that have no name here.
      for (const name of names) expect(statSync(made(name)).mode & 0o777, name).to.equal(0o644);
      const before = names.map((name) => readFileSync(made(name), "utf8"));
      expect(new Set(before).size).to.equal(names.length);
      expect(execFileSync("sh", [join(folder(), "deploy/compose/make-secrets.sh")], { encoding: "utf8" })).to.equal("");
      expect(names.map((name) => readFileSync(made(name), "utf8"))).to.deep.equal(before);
      const used = services.flatMap(([, service]) => service.secrets ?? []);
      expect([...new Set(used)]).to.have.members(names);
    });

    it("make settings with which every source is guarded", function () {
      requireTool.call(this, "openssl");
      make();
      const config = settings();

      expect(config.host).to.equal("0.0.0.0");
      expect(config.sources.map(({ name, secrets }) => [name, secrets().length])).to.deep.equal(
        adapters.map(({ name }) => [name, 1]),
      );
      const { username, password, hostname, pathname } = new URL(config.databaseUrl);
      expect([username, hostname, pathname]).to.deep.equal(["pipegauge", "postgres", "/pipegauge"]);
      expect(password).to.equal(readFileSync(made("postgres-password"), "utf8"));
    });

    it("can be given one in common for the demo, as the guide says", function () {
      requireTool.call(this, "openssl");
      make();
      const [demo] = fencesOf(readPage("docs/compose.md")).filter(({ text: commands }) => commands.startsWith("demo="));
      const commands = (demo?.text ?? "")
        .replace("sleep 5", "")
        .replace(/^docker compose exec .* demo --token/m, "printf %s");

      const common = execFileSync("bash", ["-ec", commands], { cwd: folder(), encoding: "utf8" });

      expect(common).to.match(/^[0-9a-f]{48}$/);
      for (const { name, secrets } of settings().sources) expect(secrets()[1], name).to.equal(common);
    });

    function settings(): Config {
      const env = Object.fromEntries(
        Object.entries(pipegauge.environment ?? {}).map(([name, value]) => [
          name,
          value.replace("/run/secrets/", made("")),
        ]),
      );

      const config = loadConfig({ env, argv: [] });
      config.close();
      return config;
    }
  });

  it("has a Prometheus configuration that promtool accepts, rules included", function () {
    const promtool = requireTool.call(this, "promtool");
    const file = join(folder(), "prometheus.yml");
    const given = readFileSync(`${root}deploy/compose/prometheus.yml`, "utf8");
    const mounts = bindsOf(compose.services["prometheus"] ?? {});
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
    const [dashboards] = bindsOf(grafana).filter(({ inside }) => inside === provider?.options.path);
    expect(dashboards?.host).to.equal("./helm/pipegauge/dashboards");
    const home = grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    expect(existsSync(home.replace(provider?.options.path ?? "", `${root}helm/pipegauge/dashboards`)), home).to.equal(
      true,
    );
  });
});

for (const database of databases.filter(({ engine }) => engine === "postgres")) {
  describe(`docker-compose.yml: Grafana's user on ${database.name}`, () => {
    const { url } = sandbox(database);
    const folder = freshFolder();
    const role = "grafana_reader";

    it("reads everything and writes nothing", async function () {
      requireTool.call(this, "psql");
      const address = new URL(await url());
      const admin = new Client({ connectionString: address.href });
      await admin.connect();
      await admin.query(`drop role if exists ${role}`);
      const password = join(folder(), "password");
      writeFileSync(password, "it's a secret");
      const env = {
        PATH: process.env["PATH"] ?? "",
        PGHOST: address.hostname,
        PGPORT: address.port,
        PGPASSWORD: address.password,
        POSTGRES_USER: address.username,
        POSTGRES_DB: address.pathname.slice(1),
        READER_PASSWORD_FILE: password,
      };
      try {
        execFileSync("sh", [`${root}deploy/compose/postgres/reader.sh`], { env });

        const client = { host: address.hostname, port: Number(address.port), database: address.pathname.slice(1) };
        const reader = new Client({ ...client, user: role, password: "it's a secret" });
        await reader.connect();
        expect((await reader.query("select count(*)::int as runs from runs")).rows).to.deep.equal([{ runs: 0 }]);
        for (const statement of ["delete from runs", "create table x (a int)", "begin read write; delete from runs"]) {
          const refused = await reader.query(statement).then(
            () => "done",
            (error: unknown) => String(error),
          );
          expect(refused, statement).to.match(/read-only transaction|permission denied/);
        }
        await reader.end();
      } finally {
        await admin.query(`drop role if exists ${role}`);
        await admin.end();
      }
    });
  });
}
