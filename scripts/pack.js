/**
 * `npm pack` and `npm publish` take files and no symbolic links, which dist is (see build.js). Before they look, `prepack` puts a folder
 * with the same files in its place; `postpack` puts the link back.
 * https://docs.npmjs.com/cli/v11/using-npm/scripts#life-cycle-scripts
 */
import { cpSync, existsSync, lstatSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "dist");
const link = join(root, "dist-link");
const copy = join(root, "dist-pack");

function replaceLink() {
  if (!lstatSync(target).isSymbolicLink()) return;
  rmSync(copy, { recursive: true, force: true });
  cpSync(realpathSync(target), copy, { recursive: true });
  rmSync(link, { force: true });
  renameSync(target, link);
  renameSync(copy, target);
}

function restoreLink() {
  if (!existsSync(link)) return;
  rmSync(target, { recursive: true });
  renameSync(link, target);
}

if (process.argv[2] === "before") replaceLink();
else restoreLink();
