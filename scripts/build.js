/**
 * Compiles src/ and lets dist lead to the result. `--if-changed` does nothing where dist was made of the very sources that
 * are there, which is what `npm start` asks for.
 *
 * Each build has a folder of its own, and dist is a symbolic link that is exchanged in one step. A process that has started
 * goes on loading files of the build that it started from, because Node.js resolves the link once
 * (https://nodejs.org/api/cli.html#--preserve-symlinks). Only one build is under way in a checkout at a time; a start that
 * waited for it compares again.
 */
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "dist");
const link = join(root, "dist-link");
/** Beside package.json and migrations/, which the program looks for one level above its own files. */
const prefix = "dist-build-";
/** In a build: the fingerprint of the sources that it was made of. */
const stamp = "sources.sha256";
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
/** How long to wait for another build of this checkout; one takes some seconds. */
const lockTimeoutMillis = 300_000;

/** Of everything that decides what a build holds: names and bytes, because a checkout of older files makes them look new. */
function fingerprintSources() {
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const all = [...files, join(root, "tsconfig.json"), join(root, "tsconfig.build.json"), typescript];
  return hash("sha256", all.map((file) => `${file}\0${hash("sha256", readFileSync(file))}\n`).join(""));
}

/** @param {string} sources */
function isBuilt(sources) {
  try {
    return readFileSync(join(target, stamp), "utf8") === sources;
  } catch {
    return false;
  }
}

/**
 * Waits for other builds of this checkout. The lock is SQLite's, so the system gives it back however a build ends; and as
 * soon as nothing refers to the connection any more.
 */
async function takeLock() {
  const { default: Database } = await import("better-sqlite3");
  return new Database(join(root, "dist-lock.db"), { timeout: lockTimeoutMillis }).exec("begin exclusive");
}

/**
 * What `pipegauge --version` prints. Without a repository, as in an image, the variables of its labels tell the commit and the time:
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
function describeBuild() {
  /** @param {string[]} args */
  const git = (...args) => spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
  const head = git("rev-parse", "--short=12", "HEAD");
  const isChanged = git("diff", "--quiet", "HEAD", "--", "src", "migrations", "package-lock.json").status === 1;
  const commit = head.status === 0 ? `${head.stdout.trim()}${isChanged ? " with changes" : ""}` : "unknown";
  const { REVISION = "", CREATED = "", SOURCE_DATE_EPOCH = "" } = process.env;
  const builtAt = SOURCE_DATE_EPOCH === "" ? new Date() : new Date(Number(SOURCE_DATE_EPOCH) * 1000);
  return {
    commit: REVISION === "" || REVISION === "unknown" ? commit : REVISION,
    builtAt: CREATED === "" || CREATED === "unknown" ? builtAt.toISOString() : CREATED,
  };
}

/** @param {string} sources */
function build(sources) {
  const name = `${prefix}${Date.now().toString(36)}-${process.pid}`;
  const compiler = join(dirname(typescript), "bin/tsc");
  const project = ["-p", join(root, "tsconfig.build.json"), "--outDir", join(root, name)];
  const { status } = spawnSync(process.execPath, [compiler, ...project], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    rmSync(join(root, name), { recursive: true, force: true });
    return status ?? 1;
  }
  writeFileSync(join(root, name, "build.json"), `${JSON.stringify(describeBuild())}\n`);
  writeFileSync(join(root, name, stamp), sources);
  const before = exchange(name);
  // A process may just be starting from the build before this one.
  for (const file of readdirSync(root))
    if (file.startsWith(prefix) && file !== name && file !== before)
      rmSync(join(root, file), { recursive: true, force: true });
  return 0;
}

/**
 * Lets dist lead to this build. Returns the name of the build that it led to before.
 * @param {string} name
 */
function exchange(name) {
  rmSync(link, { force: true });
  symlinkSync(name, link);
  const before = lstatSync(target, { throwIfNoEntry: false });
  // In an older checkout dist is a folder, which a link cannot replace.
  if (before?.isDirectory() === true) rmSync(target, { recursive: true });
  const former = before?.isSymbolicLink() === true ? readlinkSync(target) : undefined;
  renameSync(link, target);
  return former;
}

const onlyIfChanged = process.argv.includes("--if-changed");
if (!onlyIfChanged || !isBuilt(fingerprintSources())) {
  const lock = await takeLock();
  const sources = fingerprintSources();
  if (!onlyIfChanged || !isBuilt(sources)) process.exitCode = build(sources);
  lock.close();
}
