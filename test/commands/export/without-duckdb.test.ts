import { expect } from "chai";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../../support/environment.ts";
import { freshFolder } from "../../support/folder.ts";
import { builtProgram } from "../../support/server/built.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

describe("export where the package for Parquet is not installed", function () {
  this.timeout(60_000);
  const folder = freshFolder();

  /** The program as it is shipped, with all packages but the optional one. */
  function install(): void {
    cpSync(dirname(builtProgram()), join(folder(), "dist"), { recursive: true });
    cpSync(join(root, "package.json"), join(folder(), "package.json"));
    symlinkSync(join(root, "migrations"), join(folder(), "migrations"));
    mkdirSync(join(folder(), "node_modules"));
    for (const name of readdirSync(join(root, "node_modules")))
      if (name !== "@duckdb") symlinkSync(join(root, "node_modules", name), join(folder(), "node_modules", name));
  }

  const run = (...args: readonly string[]) =>
    new Promise<readonly [number, string, string]>((resolve) => {
      const command = [join(folder(), "dist/main.js"), ...args];
      const env = processEnvironment({ PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` });
      execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
        resolve([error === null ? 0 : Number(error.code), stdout, stderr]),
      );
    });

  it("stops in one line that says what to call, and writes the other formats", async () => {
    install();
    const call = (format: string) =>
      run("export", "--format", format, "--what", "runs", "--since", "24h", "--out", join(folder(), "out"));
    expect((await run("migrate"))[0]).to.equal(0);

    const [code, stdout, stderr] = await call("parquet");

    const [spec] = Object.entries(manifest.optionalDependencies).map(([name, version]) => `${name}@${version}`);
    expect([code, stdout]).to.deep.equal([2, ""]);
    expect(stderr).to.match(/^[^\n]+\n$/);
    expect(stderr).to.include(
      `pipegauge: --format parquet needs the package @duckdb/node-api: call "npm install --no-save ${spec}" in ${folder()}/, or choose --format csv or jsonl (Cannot find package`,
    );
    for (const format of ["csv", "jsonl"])
      expect(await call(format)).to.deep.equal([0, "runs: nothing to write\n", ""]);
  });
});
