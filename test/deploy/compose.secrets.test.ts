import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";
import { loadConfig, type Config } from "../../src/config/index.ts";
import { freshFolder } from "../support/folder.ts";
import { listFences, readPage } from "../support/markdown.ts";
import { requireTool } from "../support/tools.ts";
import { root } from "./dockerfile.ts";
import { compose, pipegauge, services } from "./compose.ts";

const secretsFolder = "./deploy/compose/secrets/";

describe("docker-compose.yml: its secrets", () => {
  const folder = freshFolder();

  function make(): string {
    mkdirSync(join(folder(), "deploy"));
    cpSync(join(root, "deploy/compose/make-secrets.sh"), join(folder(), "deploy/compose/make-secrets.sh"));
    return execFileSync("sh", [join(folder(), "deploy/compose/make-secrets.sh")], { encoding: "utf8" });
  }

  const made = (name: string) => join(folder(), secretsFolder, name);

  it("are made once by the script, all of them, readable by their owner only", function () {
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
    const [demo] = listFences(readPage("docs/compose.md")).filter(({ text: commands }) => commands.startsWith("demo="));
    const commands = (demo?.text ?? "")
      .replace("sleep 5", "")
      .replace(/^docker compose exec [^]* --token/m, "printf %s");

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
