import { expect } from "chai";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = fileURLToPath(new URL("../support/threads/start-young-thread.ts", import.meta.url));

/** How large the young generation of a thread becomes in a process with this option, in MiB. */
async function measureYoung(option: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [option, "--import", "tsx", program]);
  return Number(stdout);
}

describe("the young generation of a thread", function () {
  this.timeout(60_000);

  it("has a limit of its own, whatever the main thread's is", async () => {
    // Half of it is in use, and half is room for what outlives a collection.
    expect(await measureYoung("--max-semi-space-size=1"), "less for the main thread").to.equal(16);
    expect(await measureYoung("--max-semi-space-size=64"), "more for the main thread").to.equal(16);
  });
});
