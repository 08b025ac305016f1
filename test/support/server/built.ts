import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
let folder: string | undefined;

after("remove the built program", () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/**
 * The main file of the program as it is shipped, compiled from these sources when it is first asked for. It starts in
 * a third of the time that the sources take, and the build of another process does not change it under a running process.
 */
export function builtProgram(): string {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "pipegauge-built-"));
    for (const name of ["package.json", "migrations", "node_modules"])
      symlinkSync(join(root, name), join(folder, name));
    const project = [join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist")];
    execFileSync(process.execPath, [compiler, "-p", ...project], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
  }
  return join(folder, "dist/main.js");
}
