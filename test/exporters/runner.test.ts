import { expect } from "chai";
import { createResponseCache } from "../../src/exporters/response-cache.ts";
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

describe("a runner that was closed", () => {
  it("starts no exporter any more, because nothing would end it", async () => {
    const runner = createRunner(1);
    runner.close();

    expect(await runner.run(unique, request())).to.deep.equal({
      status: 503,
      body: "exporter unique did not begin: the server is stopping\n",
      result: undefined,
    });
  });
});

describe("what the runner's cache holds", () => {
  const answer = (body: string) => ({ status: 200 as const, body, result: undefined });

  it("has an end, however many arguments are asked for: the first goes first", () => {
    const kept = createResponseCache(() => 0, 10);
    for (const key of ["a", "b", "c"]) kept.set(key, answer("1234"), 1000);

    expect(["a", "b", "c"].map((key) => kept.get(key)?.body)).to.deep.equal([undefined, "1234", "1234"]);
    kept.set("c", answer("12"), 1000);
    kept.set("d", answer("1234"), 1000);
    expect(["b", "c", "d"].map((key) => kept.get(key)?.body)).to.deep.equal(["1234", "12", "1234"]);
  });

  it("is no answer that has expired", () => {
    let now = 0;
    const kept = createResponseCache(() => now, 10);
    kept.set("long", answer("1234"), 1000);
    kept.set("short", answer("1234"), 10);
    now = 10;
    kept.set("new", answer("12"), 1000);
    kept.set("newer", answer("12"), 1000);

    expect(["long", "short", "new", "newer"].map((key) => kept.get(key)?.body)).to.deep.equal([
      "1234",
      undefined,
      "12",
      "12",
    ]);
  });
});
