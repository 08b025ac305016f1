import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { leavePending } from "./tools.ts";

/**
 * The folder with the captured deliveries of one provider, or of all. They are not ours to publish: a developer who has some names their folder
 * in `PIPEGAUGE_TEST_CAPTURES`, with the layout that CONTRIBUTING.md describes. Without it the tests are pending, also on CI, because
 * no one else can get them. In a test or a `before` hook: `requireCaptures.call(this, "gitlab")`.
 */
export function requireCaptures(this: Context, provider = ""): string {
  const all = process.env["PIPEGAUGE_TEST_CAPTURES"] ?? "";
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  if (all === "") leavePending(this, "PIPEGAUGE_TEST_CAPTURES is not set, see CONTRIBUTING.md");
  const folder = join(all, provider);
  if (!existsSync(folder)) throw new Error(`PIPEGAUGE_TEST_CAPTURES is ${all}, but there is no folder ${folder}`);
  return folder;
}
