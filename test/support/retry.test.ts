import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshFolder } from "./folder.ts";

const retry = fileURLToPath(new URL("../../.ci/retry", import.meta.url));

describe(".ci/retry", () => {
  const folder = freshFolder();

  /** Runs a command that leaves a mark each time and fails before its third try. */
  function run(pauses: string) {
    const marks = join(folder(), "marks");
    const script = 'echo "$1" >>"$2"; [ "$(wc -l <"$2")" -ge 3 ] || exit 7';
    const env = { ...process.env, RETRY_PAUSES: pauses };
    const { status, stderr } = spawnSync(retry, ["sh", "-c", script, "sh", "a b", marks], { env, encoding: "utf8" });
    return { status, stderr, marks: readFileSync(marks, "utf8") };
  }

  it("runs a command again until it succeeds, with the same arguments, and says so", () => {
    const { status, stderr, marks } = run("0 0 0");

    expect([status, marks]).to.deep.equal([0, "a b\n".repeat(3)]);
    expect(stderr.match(/^failed, and tried again in 0 s: sh -c /gm)).to.have.length(2);
  });

  it("gives up after as many pauses as it was given, with the command's own exit code", () => {
    const { status, marks } = run("0");

    expect([status, marks]).to.deep.equal([7, "a b\n".repeat(2)]);
  });
});
