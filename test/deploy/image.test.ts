import { expect } from "chai";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
  realpathSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { reachable } from "../support/server/server.ts";
import { until } from "../support/wait.ts";
import { committedDockerfile, execForm, parsePairs, root, type Instruction, type Stage } from "./dockerfile.ts";

const sample = readHttpFile(`${root}src/adapters/gitlab/testdata/pipeline-succeeded.http`).request;
const secret = "image-secret";
/** Where the image has Node.js; here it is the one that runs this test. */
const imageNode = "/nodejs/bin/node";
const wanted = process.env["CI"] === "true" || process.env["PIPEGAUGE_TEST_IMAGE"] === "1";
const asRoot = process.getuid?.() === 0;

/**
 * The steps of the Dockerfile without a container: each stage is a folder in which `/app` and `/data` are folders too.
 * Different from the real build: the Node.js of this machine, and no distroless image around it.
 */
describe("image, built and started step by step outside a container", function () {
  this.timeout(1_200_000);
  let folder = "";
  let final = "";
  let server: ChildProcess | undefined;
  const [build, last] = committedDockerfile();

  before(async function () {
    if (!wanted) {
      const reason = "takes minutes; set PIPEGAUGE_TEST_IMAGE=1";
      for (const test of this.test?.parent?.tests ?? []) test.title += ` [pending: ${reason}]`;
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "pipegauge-image-"));
    chmodSync(folder, 0o755);
    const context = join(folder, "context");
    mkdirSync(context);
    const archive = execFileSync("git", ["archive", "--format=tar", "HEAD"], { cwd: root, maxBuffer: 2 ** 28 });
    execFileSync("tar", ["-x", "-C", context], { input: archive });
    runStage(build, context, join(folder, "build"));
    final = join(folder, "final");
    runStage(last, context, final);
    readOnly(join(final, "app"));
  });

  after(async () => {
    if (server?.exitCode === null) server.kill("SIGKILL");
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  function runStage(stage: Stage | undefined, context: string, rootfs: string): void {
    let workdir = "/";
    const env: Record<string, string> = {};
    mkdirSync(rootfs);
    for (const instruction of stage?.instructions ?? []) {
      const { name, text } = instruction;
      if (name === "WORKDIR") mkdirSync(join(rootfs, (workdir = text)), { recursive: true });
      else if (name === "ENV") Object.assign(env, parsePairs(text));
      else if (name === "COPY") copy(instruction, context, rootfs, workdir);
      else if (name === "RUN") run(text, join(rootfs, workdir), env);
    }
  }

  function copy({ flags, text }: Instruction, context: string, rootfs: string, workdir: string): void {
    const paths = text.split(/\s+/);
    const target = paths.pop() ?? "";
    const from = flags["from"] === undefined ? context : join(folder, flags["from"]);
    const into = target.startsWith("/") ? join(rootfs, target) : resolve(rootfs, workdir.slice(1), target);
    for (const path of paths) {
      // A link is followed, as BuildKit does for the path of a COPY; links inside a folder stay links.
      const source = realpathSync(join(from, path));
      const isFolder = lstatSync(source).isDirectory();
      const place = isFolder ? into : join(into, path.split("/").at(-1) ?? "");
      cpSync(source, place, { recursive: true, verbatimSymlinks: true });
      const [user, group] = (flags["chown"] ?? "").split(":").map(Number);
      if (asRoot && user !== undefined && group !== undefined && user > 0) chownSync(place, user, group);
    }
  }

  function run(command: string, cwd: string, env: Readonly<Record<string, string>>): void {
    const headers = { npm_config_nodedir: dirname(dirname(process.execPath)) };
    const all = { ...process.env, NODE_ENV: "", ...env, ...headers };
    const { status, stderr, stdout } = spawnSync("sh", ["-c", command], { cwd, env: all, encoding: "utf8" });
    expect(status, `${command}\n${stdout}\n${stderr}`).to.equal(0);
  }

  /** No user has the permission to write; root could all the same, so the program runs as the user that the image names. */
  function readOnly(path: string): void {
    execFileSync("chmod", ["-R", "a-w,a+rX", path]);
  }

  const instruction = (name: string) => last?.instructions.find((one) => one.name === name)?.text ?? "";

  /** Words of an exec form, on this machine. */
  function here(words: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
    const [command = "", ...args] = words.map((word) =>
      word === imageNode ? process.execPath : word.startsWith("/app/") ? join(final, word) : word,
    );
    const [user = "", group = ""] = instruction("USER").split(":");
    if (!asRoot) return { command, args };
    const flags = ["--reuid", user, "--regid", group, "--clear-groups", "--inh-caps=-all", "--no-new-privs"];
    return { command: "setpriv", args: [...flags, command, ...args] };
  }

  function environment(port: number): Record<string, string> {
    const variables = parsePairs(last?.instructions.find(({ name }) => name === "ENV")?.text ?? "");
    return {
      PATH: process.env["PATH"] ?? "",
      ...variables,
      PIPEGAUGE_GITLAB_SECRET: secret,
      PIPEGAUGE_PORT: String(port),
    };
  }

  it("leaves the compiled driver and no development package", () => {
    const modules = join(final, "app/node_modules");

    expect(existsSync(join(modules, "better-sqlite3/build/Release/better_sqlite3.node"))).to.equal(true);
    for (const name of ["mocha", "typescript", "tsx", "chai"])
      expect(existsSync(join(modules, name)), name).to.equal(false);
    expect(readdirSync(join(final, "app")).toSorted()).to.deep.equal([
      "LICENSE",
      "dist",
      "migrations",
      "node_modules",
      "package.json",
    ]);
  });

  it("starts read-only as another user, takes a webhook, counts it, is healthy, and stops on the signal", async () => {
    let output = "";
    const { command, args } = here(execForm(instruction("ENTRYPOINT")));
    const running = spawn(command, args, {
      cwd: join(final, "data"),
      env: environment(0),
      stdio: ["ignore", "pipe", "pipe"],
    });
    server = running;
    for (const stream of [running.stdout, running.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    const ended = new Promise((end) => running.once("close", (code, signal) => end(code ?? signal)));
    const port = await until(
      () => {
        if (running.exitCode !== null) throw new Error(`it ended with ${running.exitCode}: ${output}`);
        return /"port":(\d+),.*"msg":"listening"/.exec(output)?.[1];
      },
      "listening",
      60_000,
    );
    const reached = reachable(Number(port));

    const headers = { "x-gitlab-event": "Pipeline Hook", "x-gitlab-token": secret };
    expect((await reached.deliver("gitlab", sample.body, headers)).status).to.equal(202);
    expect((await reached.scrape()).total("cicd_pipeline_runs_total", { provider: "gitlab" })).to.equal(1);

    const health = here(execForm(instruction("HEALTHCHECK").replace(/^CMD\s+/, "")));
    const options = { cwd: join(final, "data"), env: environment(Number(port)), encoding: "utf8" } as const;
    expect(spawnSync(health.command, health.args, options)).to.include({ status: 0, stdout: "ready\n" });

    expect(readdirSync(join(final, "data"))).to.include("pipegauge.db");
    if (asRoot) expect(lstatSync(join(final, "data/pipegauge.db")).uid).to.equal(65532);
    running.kill(instruction("STOPSIGNAL") as NodeJS.Signals);
    expect(await ended).to.equal(0);
    expect(spawnSync(health.command, health.args, options).status).to.equal(1);
  });

  it("writes Parquet, by the optional package", () => {
    const words = ["export", "--format", "parquet", "--what", "runs", "--since", "24h", "--out", "export"];
    const { command, args } = here([...execForm(instruction("ENTRYPOINT")), ...words]);

    const ended = spawnSync(command, args, { cwd: join(final, "data"), env: environment(0), encoding: "utf8" });

    expect(ended.stdout, ended.stderr).to.match(/^runs: 1 row of 1 day, \d+ bytes, in /);
    expect(ended.status).to.equal(0);
  });

  it("really cannot write to its program", () => {
    const target = join(final, "app/dist/written");
    const write = here([imageNode, "-e", `require("node:fs").writeFileSync(${JSON.stringify(target)}, "")`]);

    expect(spawnSync(write.command, write.args, { encoding: "utf8" }).stderr).to.match(/EACCES|EROFS/);
    writeFileSync(join(final, "data/probe"), "");
  });
});
