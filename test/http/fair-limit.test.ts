import { expect } from "chai";
import { AppError } from "../../src/core/errors.ts";
import { createRefusals } from "../../src/http/refusals.ts";
import { createFairLimit, type Acquire } from "../../src/http/fair-limit.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

describe("the concurrency limit", () => {
  /** Names of the tasks that run, in the order in which they began. */
  function asking(acquire: Acquire) {
    const got: string[] = [];
    const ends = new Map<string, () => void>();
    const ask = async (key: string, name: string) => {
      ends.set(name, await acquire(key));
      got.push(name);
    };
    return { got, ends, ask };
  }
  const settled = () => new Promise(setImmediate);

  it("runs so many tasks at a time, fewer of one key, and the rest in their order", async () => {
    const { got, ends, ask } = asking(createFairLimit({ max: 3, perKey: 2, reserved: 0, queuedPerKey: 9 }));
    for (const name of ["a1", "a2", "a3", "b1", "b2", "c1"]) void ask(name.slice(0, 1), name);
    await settled();
    expect(got).to.deep.equal(["a1", "a2", "b1"]);

    ends.get("b1")?.();
    await settled();
    expect(got.slice(3), "a has two already").to.deep.equal(["b2"]);

    ends.get("a1")?.();
    ends.get("a1")?.();
    await settled();
    expect(got.slice(4), "ending twice ends once").to.deep.equal(["a3"]);
  });

  it("keeps places for keys of which nothing runs", async () => {
    const { got, ends, ask } = asking(createFairLimit({ max: 5, perKey: 3, reserved: 2, queuedPerKey: 9 }));
    for (const name of ["a1", "a2", "b1", "b2", "a3", "c1"]) void ask(name.slice(0, 1), name);
    await settled();
    expect(got).to.deep.equal(["a1", "a2", "b1", "c1"]);

    ends.get("a1")?.();
    await settled();
    expect(got.slice(4), "as many run as may without the reserved places").to.deep.equal([]);

    ends.get("b1")?.();
    await settled();
    expect(got.slice(4), "nothing of b runs").to.deep.equal(["b2"]);

    ends.get("c1")?.();
    await settled();
    expect(got.slice(5)).to.deep.equal(["a3"]);
  });

  it("begins all for which an end made room", async () => {
    const { got, ends, ask } = asking(createFairLimit({ max: 4, perKey: 2, reserved: 2, queuedPerKey: 9 }));
    for (const name of ["a1", "b1", "a2", "b2"]) void ask(name.slice(0, 1), name);
    await settled();
    expect(got).to.deep.equal(["a1", "b1"]);

    ends.get("b1")?.();
    await settled();
    expect(got.slice(2), "the second of a, and the first of b").to.deep.equal(["a2", "b2"]);
  });

  it("rejects a task where too many of its key wait, and only there", async () => {
    const { got, ask } = asking(createFairLimit({ max: 3, perKey: 1, reserved: 0, queuedPerKey: 2 }));
    for (const name of ["a1", "a2", "a3"]) void ask("a", name);

    const refused = await ask("a", "a4").catch((error: unknown) => error);
    await ask("b", "b1");

    expect(refused).to.be.instanceOf(AppError).with.property("code", "unavailable");
    expect(got).to.deep.equal(["a1", "b1"]);
  });
});

describe("repeated refusals", () => {
  const start = testServers();

  it("are too many past 120 at once, of one address, and forgotten at two a second", () => {
    let now = 0;
    const refusals = createRefusals(() => now);
    const countLogged = (address: string, count: number) =>
      Array.from({ length: count }, () => refusals.tooMany(address)).filter(Boolean).length;

    expect(countLogged("192.0.2.1", 120)).to.equal(0);
    expect(countLogged("192.0.2.1", 500)).to.equal(500);
    expect(countLogged("192.0.2.2", 120)).to.equal(0);
    now += 30_000;
    expect(countLogged("192.0.2.1", 60)).to.equal(1);
  });

  it("are remembered of so many addresses that memory stays bounded", () => {
    const refusals = createRefusals(() => 0);
    for (let i = 0; i < 121; i++) refusals.tooMany("first");
    expect(refusals.tooMany("first")).to.equal(true);

    for (let i = 0; i < 10_000; i++) refusals.tooMany(`other ${i}`);

    expect(refusals.tooMany("first"), "forgotten").to.equal(false);
  });

  it("are logged ten times a minute of each kind, with how many were not", () => {
    let now = 0;
    const refusals = createRefusals(() => now);
    const countUnlogged = (count: number) => Array.from({ length: count }, () => refusals.unlogged("gitlab"));

    expect(countUnlogged(12)).to.deep.equal([...Array<number>(10).fill(0), undefined, undefined]);
    expect(refusals.unlogged("tekton")).to.equal(0);
    now += 60_000;
    expect(countUnlogged(2)).to.deep.equal([2, 0]);
  });

  it("are answered 429, while who has the secret is served, also from the same address", async () => {
    const server = await start({ env: { PIPEGAUGE_GITLAB_SECRET: "right", PIPEGAUGE_API_TOKEN: "token" } });
    const body = { object_kind: "push" };
    const statuses: number[] = [];
    // Two a second are forgotten meanwhile, so on a slow machine it takes more than 121.
    while (statuses.at(-1) !== 429 && statuses.length < 5000)
      statuses.push((await server.deliver("gitlab", body, { "x-gitlab-token": "wrong" })).status);

    expect(statuses.length).to.be.above(120);
    expect(statuses).to.deep.equal([...Array<number>(statuses.length - 1).fill(401), 429]);
    const refused = await until(async () => {
      const answer = await server.request("/api/v1/runs");
      return answer.status === 429 && answer;
    }, "a refusal of the read API");
    expect(refused.headers.get("retry-after")).to.equal("30");
    expect(refused.json["error"]).to.match(/from this address/);
    expect(await server.deliver("gitlab", body, { "x-gitlab-token": "right" })).to.have.property("status", 200);
    expect(await server.request("/healthz")).to.have.property("status", 200);
    const lines = server.logged().filter(({ msg }) => msg === "delivery refused: unauthorized");
    expect(lines.length).to.be.within(1, 20);
    const totals = await server.scrape();
    const unauthorized = { source: "gitlab", outcome: "unauthorized" };
    expect(totals.total("pipegauge_deliveries_total", unauthorized)).to.equal(statuses.length);
  });
});
