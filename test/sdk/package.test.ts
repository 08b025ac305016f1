import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtProgram } from "../support/server/built.ts";
import { freshFolder } from "../support/folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
/** prom-client and what it needs itself: nothing else is there for the SDK to import. */
const packages = ["prom-client", "tdigest", "bintrees", "@opentelemetry/api"];

const script = `
import { CollectorRegistry, Counter, type Response } from "pipegauge/sdk";
const registry = new CollectorRegistry({ namespace: "ci" });
const builds = new Counter("builds_total", "Builds", ["branch"], registry);
builds.labels("main").inc();
const answer: Response = await registry.handler();
process.stdout.write(answer.content);
`;

/** The package as somebody has it who installed it: package.json and dist, beside prom-client. */
function installPackage(folder: string): void {
  const modules = join(folder, "node_modules");
  const target = join(modules, "pipegauge");
  mkdirSync(join(modules, "@opentelemetry"), { recursive: true });
  mkdirSync(target);
  for (const name of packages) symlinkSync(join(root, "node_modules", name), join(modules, name));
  cpSync(join(root, "package.json"), join(target, "package.json"));
  cpSync(dirname(builtProgram()), join(target, "dist"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
}

function compile(folder: string, source: string) {
  writeFileSync(join(folder, "job.ts"), source);
  const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
  const options = ["--strict", "--target", "es2023", "--module", "nodenext", ...types, "job.ts"];
  return spawnSync(process.execPath, [compiler, ...options], { cwd: folder, encoding: "utf8" });
}

describe("pipegauge/sdk as a package", function () {
  this.timeout(60_000);
  const folder = freshFolder();
  beforeEach(() => installPackage(folder()));

  it("is compiled against, and runs, with nothing but prom-client beside it", () => {
    const { status, stdout } = compile(folder(), script);
    expect(status, stdout).to.equal(0);

    expect(execFileSync(process.execPath, ["job.js"], { cwd: folder(), encoding: "utf8" })).to.equal(
      '# HELP ci_builds_total Builds\n# TYPE ci_builds_total counter\nci_builds_total{branch="main"} 1\n',
    );
  });

  it("has types that refuse a counter's dec and a handler without content", () => {
    const wrong = `${script}\nbuilds.dec(1);\nconst broken: Response = { status: 200 };\n`;
    const { status, stdout } = compile(folder(), wrong);

    expect(status).not.to.equal(0);
    expect(stdout).to.include("Property 'dec' does not exist on type 'Counter'").and.to.include("'content' is missing");
  });

  it("offers the SDK alone", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object };

    expect(Object.keys(exports)).to.deep.equal(["./sdk", "./package.json"]);
  });
});
