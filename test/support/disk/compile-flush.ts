import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("flush.c", import.meta.url));

/**
 * Compiles flush.c, which see, into this folder. Returns the library, for the variable `LD_PRELOAD` of a process. Linux alone;
 * `cc` must be installed.
 */
export function compileFlush(folder: string): string {
  const library = join(folder, "flush.so");
  const options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Wno-format-truncation"];
  const { status, stderr, error } = spawnSync("cc", [...options, "-o", library, source, "-ldl"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${source} does not compile: ${error?.message ?? stderr}`);
  return library;
}
