import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../support/environment.ts";
import { until } from "../support/wait.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What `npm start` works on; the packages are those of this checkout. */
const copied = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts", "src", "migrations"];

describe("npm start and npm run build", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-build-"));
  const started: ChildProcess[] = [];

  before("copy the checkout", () => {
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  });

  after(() => {
    // npm, its shell and the server are one process group.
    for (const { pid = 0, exitCode, spawnfile } of started)
      if (exitCode === null) process.kill(spawnfile === "npm" ? -pid : pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves when `npm start` listens. */
  async function start(database: string): Promise<void> {
    const own = { PIPEGAUGE_HOST: "127.0.0.1", PIPEGAUGE_PORT: "0", PIPEGAUGE_DATABASE_URL: `sqlite:${database}` };
    const env = processEnvironment({ ...own, HOME: folder });
    const child = spawn("npm", ["start"], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    await until(
      () => {
        expect(child.exitCode, output).to.equal(null);
        return output.includes('"msg":"listening"');
      },
      "listening",
      60_000,
    );
  }

  const build = (...args: readonly string[]) =>
    spawnSync(process.execPath, ["scripts/build.js", ...args], { cwd: folder, encoding: "utf8" });
  const at = (path: string) => join(folder, path);
  /** Another number each time that dist/ is replaced. */
  const made = () => statSync(at("dist")).ino;

  it("starts two servers at once in a checkout that was never built, and builds once", async () => {
    const whenListening: number[] = [];
    await Promise.all(["a.db", "b.db"].map((file) => start(file).then(() => whenListening.push(made()))));

    expect(whenListening[0]).to.equal(whenListening[1]);
  });

  it("starts again without a build", async () => {
    const before = made();
    await start("c.db");

    expect(made()).to.equal(before);
  });

  it("builds when a source was added or removed, and leaves nothing of a removed one", () => {
    writeFileSync(at("src/another.ts"), "export const another = 1;\n");
    expect(build("--if-changed").status).to.equal(0);
    expect(readFileSync(at("dist/another.js"), "utf8")).to.include("another = 1");
    rmSync(at("src/another.ts"));
    expect(build("--if-changed").status).to.equal(0);

    expect(existsSync(at("dist/another.js"))).to.equal(false);
    expect(existsSync(at("dist/main.js"))).to.equal(true);
    expect(
      readdirSync(folder).filter((name) => name.startsWith("dist-build-")),
      "this build and the one before",
    ).to.have.length(2);
  });

  it("leaves a running process the files it was started from, also when there is a new build", async () => {
    const write = (version: string) =>
      writeFileSync(at("src/late.ts"), `export const version = ${JSON.stringify(version)};\n`);
    writeFileSync(at("src/early.ts"), 'export const load = () => import("./late.ts");\n');
    write("first");
    expect(build().status).to.equal(0);
    const script = `const { load } = await import("./dist/early.js");
      console.log("started");
      for await (const _ of process.stdin) break;
      console.log((await load()).version);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(() => output.includes("started"), "its start");

    write("second");
    expect(build().status).to.equal(0);
    child.stdin.end("go on\n");
    await ended;

    expect(output).to.equal("started\nfirst\n");
    for (const file of ["src/early.ts", "src/late.ts"]) rmSync(at(file));
  });

  it("leaves the last build alone when the sources do not compile, and says what is wrong", () => {
    const before = made();
    writeFileSync(at("src/wrong.ts"), 'export const wrong: number = "text";\n');
    const failed = build("--if-changed");

    expect(failed.status).to.be.above(0);
    expect(failed.stdout + failed.stderr).to.include("src/wrong.ts");
    expect(made()).to.equal(before);
  });
});
