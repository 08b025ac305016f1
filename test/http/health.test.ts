import { expect } from "chai";
import { alterDatabase, lockDatabase } from "../support/database/lock.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const alive = ["/healthz", "/-/healthy"];
const ready = ["/readyz", "/-/ready"];

describe("health", () => {
  const start = testServers();

  it("is alive and ready, and needs no token for it", async () => {
    const server = await start({
      env: { PIPEGAUGE_METRICS_TOKEN: "t", PIPEGAUGE_API_TOKEN: "t", PIPEGAUGE_GITLAB_SECRET: "s" },
    });

    for (const path of alive) expect((await server.request(path)).json).to.deep.equal({ status: "alive" });
    for (const path of ready) {
      const { status, json } = await server.request(path);
      expect([status, json]).to.deep.equal([200, { status: "ready" }]);
    }
  });

  it("is alive, but not ready, while the database cannot be read, and ready again after it", async () => {
    const server = await start();
    const statuses = async (paths: readonly string[]) =>
      (await Promise.all(paths.map((path) => server.request(path)))).map(({ status }) => status);

    alterDatabase(server.file, "alter table rollups rename to away");
    const { json } = await until(async () => {
      const answer = await server.request("/readyz");
      return answer.status === 503 && answer;
    }, "not being ready");

    expect(json).to.deep.equal({ status: "not ready", reason: "the database does not answer" });
    expect(await statuses(alive)).to.deep.equal([200, 200]);
    expect(await statuses(ready)).to.deep.equal([503, 503]);

    alterDatabase(server.file, "alter table away rename to rollups");
    await until(async () => (await statuses(ready)).every((status) => status === 200), "being ready again");
  });

  it("is not ready while deliveries cannot be written, and ready again once one was", async () => {
    const server = await start({ tuning: { timeoutMillis: 200 } });
    const lock = lockDatabase(server.file);
    expect(await server.deliver("gitlab", { object_kind: "push" })).to.have.property("status", 503);

    const { json } = await until(async () => {
      const answer = await server.request("/readyz");
      return answer.status === 503 && answer;
    }, "not being ready");
    expect(json).to.deep.equal({ status: "not ready", reason: "deliveries cannot be written" });
    expect((await server.request("/healthz")).status).to.equal(200);

    lock.release();
    expect(await server.deliver("gitlab", { object_kind: "push" })).to.have.property("status", 200);
    expect((await server.request("/readyz")).status).to.equal(200);
  });

  it("asks the database at most once a second, however often it is probed", async () => {
    const server = await start();
    let asked = 0;
    server.store.connection.knex.on("query", () => asked++);

    const began = performance.now();
    for (let i = 0; i < 40; i++) await server.request("/readyz");
    const seconds = (performance.now() - began) / 1000;

    expect(asked).to.be.within(1, 1 + Math.ceil(seconds));
  });
});
