import { expect } from "chai";
import { Client } from "pg";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

interface Answer {
  readonly id: number;
  readonly status: number;
  readonly retryAfter: string | null;
}

const concurrency = 8;
const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
const runs = "cicd_pipeline_runs_total";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

/** After a failover, or when a firewall forgets: packets are dropped and neither side is notified. */
describe("a PostgreSQL connection that falls silent", function () {
  this.timeout(60_000);
  let proxy: Proxy;
  let direct: Client;
  const start = testServers();
  afterEach("disconnect", async () => {
    await direct?.end();
    await proxy?.close();
  });
  const box = sandbox(required);

  async function behindProxy(): Promise<TestServer> {
    const url = new URL(await box.url());
    direct = new Client({ connectionString: url.href });
    await direct.connect();
    proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    return start({ databaseUrl: url.href, tuning: { thread: true } });
  }

  /** Delivers runs one after the other by several senders at a time until `end`, each again while it is refused; all answers. */
  async function load(server: TestServer, end: AbortSignal, answers: Answer[] = []) {
    let next = 1;
    const send = async () => {
      while (!end.aborted) {
        const id = next++;
        const { status, headers } = await server.deliver("gitlab", green(id));
        answers.push({ id, status, retryAfter: headers.get("retry-after") });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, send));
    return answers;
  }

  async function counted(server: TestServer): Promise<number> {
    return (await server.scrape()).total(runs);
  }

  it("is given up within the timeout of a delivery, though the server still holds its locks: all 2xx, each counted once", async () => {
    const server = await behindProxy();
    await server.deliver("gitlab", green(100_000));
    const end = new AbortController();
    const loading = load(server, end.signal);
    await until(async () => (await counted(server)) > 50, "a load");

    // At the end of a transaction, so that the server waits for its commit with its locks held.
    await proxy.strandAt("COMMIT");
    const began = performance.now();
    const written = async () => {
      const { rows } = await direct.query<{ count: number }>("select count(*)::int as count from deliveries");
      return rows[0]?.count ?? Number.NaN;
    };
    const before = await written();
    await until(async () => (await written()) > before + 50, "deliveries written again");
    const silent = performance.now() - began;
    end.abort();
    const answers = await loading;

    // That it went on in time shows in the answers: past the timeout of a delivery they would be 503.
    expect(silent, "milliseconds until it went on").to.be.above(1000);
    // 200: the transaction was committed and only the response to its commit was lost, so the second attempt found it there.
    expect([...new Set(answers.map(({ status }) => status))].filter((status) => status !== 200)).to.deep.equal([202]);
    expect(server.logged().map(({ error }) => String(error))).to.satisfy((errors: string[]) =>
      errors.some((error) => /the database has sent nothing for 4 s|not queryable/.test(error)),
    );
    expect(await counted(server)).to.equal(answers.length + 1);
    expect(await readRows(server, "deliveries", { outcome: "accepted" })).to.have.length(answers.length + 1);
  });

  it("while nothing gets through at all: 503 with Retry-After; when it does again, every 202 is counted once and no other", async () => {
    const server = await behindProxy();
    const end = new AbortController();
    const answers: Answer[] = [];
    const loading = load(server, end.signal, answers);
    await until(async () => (await counted(server)) > 50, "a load");

    proxy.swallow();
    const isRefused = ({ status }: Answer) => status === 503;
    await until(() => answers.filter(isRefused).length >= concurrency, "one refusal for each sender");
    await proxy.restore();
    const restored = performance.now();
    await until(async () => (await server.deliver("gitlab", green(200_000))).status !== 503, "a delivery");
    end.abort();
    await loading;

    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused).to.not.be.empty;
    for (const { status, retryAfter } of refused) expect([status, retryAfter !== null]).to.deep.equal([503, true]);
    expect(performance.now() - restored, "milliseconds from the network's return").to.be.below(30_000);
    // What was refused is sent again, as its sender would.
    for (const { id } of refused) expect((await server.deliver("gitlab", green(id))).status).to.be.oneOf([200, 202]);
    expect(await counted(server)).to.equal(answers.length + 1);
    expect(await readRows(server, "deliveries", { outcome: "dead_letter" })).to.deep.equal([]);
  });

  it("waits for a statement that takes its time elsewhere: only ledger transactions and scrapes are watched", async () => {
    const server = await behindProxy();

    // A second longer than what is watched may be silent: `silentMillis` in db/stalled-connections.ts.
    await server.store.connection.knex.raw("select pg_sleep(?)", [(4000 + 1000) / 1000]);

    expect((await server.deliver("gitlab", green(1))).status).to.equal(202);
    expect(server.logged().filter(({ level }) => level === "error")).to.deep.equal([]);
  });
});
