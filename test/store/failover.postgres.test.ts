import { expect } from "chai";
import { Client } from "pg";
import { writerThread } from "../../src/commands/serve/writer.ts";
import type { Store } from "../../src/core/store/index.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { rows, toEntries, totals } from "../support/database/tables.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { startCluster, stopCluster, type Cluster } from "../support/postgres.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { until } from "../support/wait.ts";
import type { Entry } from "../../src/core/delivery.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;
const log = { ...noLog, warn: () => undefined, error: () => undefined };

const green = (project: string, run: string) => toEntries([ofRun(run, "success", { clock: 70, facts: { project } })]);

/** A run with a job on a runner of this class. */
const onRunner = (run: string, runnerClass: string) =>
  toEntries([
    ofRun(run, "success", {
      clock: 70,
      jobs: [ofJob(`${run}1`, "check", "success", { clock: 60, facts: { runnerClass } })],
    }),
  ]);

/** Each connection that was cut may cost a try. */
async function recordPatiently(store: Store, batch: readonly Entry[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await store.record(batch));
    } catch (error) {
      if (tries > 8 || !store.isTransient(error)) throw error;
    }
  }
}

function getCounts(project: string, all: Readonly<Record<string, number>>): number[] {
  return Object.entries(all).flatMap(([series, count]) =>
    series.includes(`project="${project}"`) && count > 0 ? [count] : [],
  );
}

describe("store, a failover to another PostgreSQL", function () {
  this.timeout(60_000);
  const proxies: Proxy[] = [];
  const holders: Client[] = [];
  afterEach("disconnect", async () => {
    for (const holder of holders.splice(0)) await holder.end();
    for (const proxy of proxies.splice(0)) await proxy.close();
  });
  const box = sandbox(required);
  let standby: Cluster | undefined;

  before("start the other server", async () => void (standby = await startCluster()));
  after("stop it", () => standby && stopCluster(standby.folder));

  /** A database of that name at the other server, whose rows got other ids than those of the first. */
  async function urlAtStandby(name: string): Promise<string> {
    const url = new URL(standby?.url ?? "");
    const client = new Client({ connectionString: url.href });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    url.pathname = `/${name}`;
    return url.href;
  }

  for (const thread of [undefined, writerThread]) {
    it(`counts under the series that it means, whatever had its id before${thread !== undefined ? ", from a thread" : ""}`, async () => {
      const url = new URL(await box.url());
      const other = new URL(await urlAtStandby(url.pathname.slice(1)));
      const there = await box.store({ url: other.href });
      await there.record(green("shop/else", "1"));
      const target = { host: url.hostname, port: Number(url.port) };
      const proxy = await startProxy(target);
      proxies.push(proxy);
      url.host = `127.0.0.1:${proxy.port}`;
      const store = await box.store({ url: url.href, log, thread });
      await store.record(green("shop/cart", "2"));
      const before = await totals(there);

      Object.assign(target, { host: other.hostname, port: Number(other.port) });
      await proxy.cut();
      await proxy.restore();
      await recordPatiently(store, green("shop/cart", "3"));

      const after = await totals(there);
      expect(getCounts("shop/else", after)).to.deep.equal(getCounts("shop/else", before)).and.to.deep.equal([1]);
      expect(getCounts("shop/cart", after)).to.deep.equal([1]);
    });
  }

  it("knows the classes of runners that are stored there, also when a transaction at the first server ends last", async () => {
    const url = new URL(await box.url());
    const other = new URL(await urlAtStandby(url.pathname.slice(1)));
    const there = await box.store({ url: other.href });
    const holder = new Client({ connectionString: url.href });
    await holder.connect();
    holders.push(holder);
    const target = { host: url.hostname, port: Number(url.port) };
    const proxy = await startProxy(target);
    proxies.push(proxy);
    url.host = `127.0.0.1:${proxy.port}`;
    const store = await box.store({ url: url.href, log });
    await holder.query("begin; lock table rollups in exclusive mode");
    const last = store.record(onRunner("1", "docker"));
    const blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    await until(async () => (await holder.query(blocked)).rowCount === 1, "a transaction that waits");

    Object.assign(target, { host: other.hostname, port: Number(other.port) });
    await store.record(onRunner("2", "kubernetes"));
    await holder.query("rollback");
    await last;
    await proxy.cut();
    await proxy.restore();
    await recordPatiently(store, onRunner("3", "docker"));

    const classes = await rows(there, "select name from runner_classes order by name");
    expect(classes.map(({ name }) => name)).to.deep.equal(["docker", "kubernetes"]);
  });
});
