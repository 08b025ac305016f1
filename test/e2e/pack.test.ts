import { expect } from "chai";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../support/environment.ts";
import { scratchFolder } from "../support/scratch.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cloned =
  "package.json package-lock.json tsconfig.json tsconfig.build.json LICENSE README.md CHANGELOG.md src migrations scripts test/e2e bench";

/** A clone that was not built; its packages are those of this checkout. */
function makeClone(folder: string): string {
  const clone = join(folder, "clone");
  for (const path of cloned.split(" ")) cpSync(join(root, path), join(clone, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  return clone;
}

/** The folder of the package as `npm install` would unpack it, with its packages beside it. */
function packAndUnpack(clone: string, folder: string): string {
  const args = ["pack", "--silent", "--pack-destination", folder];
  const options = { cwd: clone, env: processEnvironment({ HOME: folder }), encoding: "utf8" } as const;
  const file = execFileSync("npm", args, options).trim().split("\n").at(-1) ?? "";
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["xzf", join(folder, file), "-C", modules]);
  symlinkSync(join(root, "node_modules"), join(modules, "package", "node_modules"));
  return join(modules, "package");
}

describe("the package that npm packs in a fresh clone", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(scratchFolder(), "pipegauge-pack-"));
  let [clone, unpacked] = ["", ""];

  before("pack it", function () {
    clone = makeClone(folder);
    unpacked = packAndUnpack(clone, folder);
  });

  after("remove the folder", () => rmSync(folder, { recursive: true, force: true }));

  it("holds what the program needs, and neither tests nor sources", () => {
    const names = readdirSync(unpacked).filter((name) => name !== "node_modules");
    const files = readdirSync(join(unpacked, "dist"), { recursive: true, encoding: "utf8" });

    expect(names).to.have.members(["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist", "migrations"]);
    expect(readdirSync(join(unpacked, "migrations"))).to.deep.equal(readdirSync(join(root, "migrations")));
    expect(files).to.include.members(["main.js", "sdk/index.js", "sdk/index.d.ts", "build.json"]);
    expect(files.filter((file) => /\.test\.|\.map$|(?<!\.d)\.ts$/.test(file))).to.deep.equal([]);
  });

  it("leaves the clone as a build leaves it", () => {
    expect(lstatSync(join(clone, "dist")).isSymbolicLink()).to.be.true;
    expect(readdirSync(clone).filter((name) => /^dist-(link|pack)$/.test(name))).to.deep.equal([]);
  });

  it("serves the demo by the program that it names", async () => {
    const { bin } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as { bin: { pipegauge: string } };
    const program = join(unpacked, bin.pipegauge);
    expect(readFileSync(program, "utf8")).to.match(/^#!\/usr\/bin\/env node\n/);
    const env = processEnvironment({ TMPDIR: folder });
    const child = spawn(process.execPath, [program, "demo", "--serve", "--runs", "2"], { cwd: folder, env });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let output = "";

    const page = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const [found] = /http:\/\/127\.0\.0\.1:\d+\/ui\//.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once("close", () => reject(new Error(`it ended: ${output}`)));
    });
    const answer = await fetch(page);
    child.kill("SIGINT");

    expect(answer.status).to.equal(200);
    expect(await ended).to.equal(0);
  });
});
