import { expect } from "chai";
import { createRunner, type Runnable } from "../../src/exporters/runner.ts";

const request = (args: readonly string[] = []) => ({
  args,
  deadlineMillis: 10_000,
  signal: new AbortController().signal,
});

/** Prints a number that no other run prints. */
const unique: Runnable = {
  name: "unique",
  command: () => [process.execPath, "-p", "`nanos ${process.hrtime.bigint()}`"],
  output: "stdout",
  env: {},
  limitMillis: 10_000,
  cacheMillis: 1000,
};

describe("the runner's cache", () => {
  it("gives an answer again until it is too old, for the same arguments only", async () => {
    let now = 0;
    const runner = createRunner(2, () => now);
    const first = await runner.run(unique, request());
    expect(first.status).to.equal(200);
    now = 999;
    expect(await runner.run(unique, request())).to.equal(first);
    expect((await runner.run(unique, request(["x"]))).body).not.to.equal(first.body);

    now = 1000;
    expect((await runner.run(unique, request())).body).not.to.equal(first.body);
  });

  it("keeps no failure", async () => {
    const runner = createRunner(1, () => 0);
    const failing = { ...unique, command: () => [process.execPath, "-e", "process.exit(Date.now() % 2 ? 3 : 4)"] };
    const first = await runner.run(failing, request());

    expect(first.status).to.equal(500);
    expect(await runner.run(failing, request())).not.to.equal(first);
  });
});
