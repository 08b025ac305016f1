/**
 * Compiles src/ into dist/. `--if-changed` does nothing where dist/ was made of the very sources that are there, which is
 * what `npm start` asks for.
 *
 * dist/ is replaced as a whole, so it never holds half-written files, or those of removed sources. Only one build is under
 * way in a checkout at a time; whoever waited for it looks again whether there is something left to do.
 */
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "dist");
const next = join(root, "dist-next");
const old = join(root, "dist-old");
/** In dist/: the fingerprint of the sources that it was made of. */
const stamp = "sources.sha256";
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
/** How long to wait for another build of this checkout; one takes some seconds. */
const patienceMillis = 300_000;

/** Of everything that decides what dist/ holds: names and bytes, because a checkout of older files makes them look new. */
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
  return new Database(join(root, "dist-lock.db"), { timeout: patienceMillis }).exec("begin exclusive");
}

/** @param {string} sources */
function build(sources) {
  rmSync(next, { recursive: true, force: true });
  const compiler = join(dirname(typescript), "bin/tsc");
  const project = ["-p", join(root, "tsconfig.build.json"), "--outDir", next];
  const { status } = spawnSync(process.execPath, [compiler, ...project], { cwd: root, stdio: "inherit" });
  if (status !== 0) return status ?? 1;
  writeFileSync(join(next, stamp), sources);
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(target, old);
  } catch {
    // There was none.
  }
  renameSync(next, target);
  rmSync(old, { recursive: true, force: true });
  return 0;
}

const onlyIfChanged = process.argv.includes("--if-changed");
if (!onlyIfChanged || !isBuilt(fingerprintSources())) {
  const lock = await takeLock();
  const sources = fingerprintSources();
  if (!onlyIfChanged || !isBuilt(sources)) process.exitCode = build(sources);
  lock.close();
}
