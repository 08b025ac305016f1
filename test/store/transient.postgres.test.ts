import { expect } from "chai";
import { Client } from "pg";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { connect } from "../../src/core/store/db/connect.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { isTransient } from "../../src/core/store/db/transient-errors.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun } from "../support/model/observations.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { toEntries, rows, tables, totals } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";
import type { Entry, Recorded } from "../../src/core/delivery.ts";

const green = ofRun("1", "success", { clock: 70 });
const log = { warn: () => undefined, error: () => undefined };
const terminate =
  "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pipegauge' and datname = current_database()";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

for (const thread of [undefined, writerThread]) {
  describe(`store, failures that pass: PostgreSQL${thread !== undefined ? ", written from a thread" : ""}`, () => {
    const clients: Client[] = [];
    const proxies: Proxy[] = [];

    afterEach("disconnect", async () => {
      for (const client of clients.splice(0)) await client.end();
      for (const proxy of proxies.splice(0)) await proxy.close();
    });
    const box = sandbox(required);

    /** A connection of somebody else's. */
    async function stranger(url: string): Promise<Client> {
      const client = new Client({ connectionString: url });
      await client.connect();
      clients.push(client);
      return client;
    }

    async function proxied(): Promise<{ store: TestStore; proxy: Proxy }> {
      const url = new URL(await box.url());
      const proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
      proxies.push(proxy);
      url.hostname = "127.0.0.1";
      url.port = String(proxy.port);
      return { store: await box.store({ url: url.href, log, thread }), proxy };
    }

    it("another session holds a lock for longer than the server allows to wait", async () => {
      const url = await box.url();
      const client = await stranger(url);
      await client.query(`alter database ${new URL(url).pathname.slice(1)} set lock_timeout = '200ms'`);
      const store = await box.store({ url, thread });
      await client.query("begin; lock table deliveries in exclusive mode");

      const error = await catchFailure(store.record(toEntries([green])));

      expect([error.code, store.isTransient(error)]).to.deep.equal(["55P03", true]);
      await client.query("rollback");
      expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
    });

    it("another session holds a lock for a while: it waits, and the event loop goes on", async () => {
      const url = await box.url();
      const client = await stranger(url);
      const store = await box.store({ url, thread });
      await client.query("begin; lock table rollups in exclusive mode");

      const recording = store.record(toEntries([green]));
      await waiting(client);
      await client.query("rollback");

      expect(await recording).to.deep.equal(["accepted"]);
    });

    it("an administrator ends the session in the middle of a transaction", async () => {
      const url = await box.url();
      const client = await stranger(url);
      const store = await box.store({ url, log, thread });
      const before = await tables(store);
      await client.query("begin; lock table rollups in exclusive mode");
      const recording = catchFailure(store.record(toEntries([green])));
      await waiting(client);

      await client.query(terminate);

      expect(store.isTransient(await recording)).to.equal(true);
      await client.query("rollback");
      expect(await tables(store)).to.deep.equal(before);
      expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
    });

    it("idle sessions are ended: the next delivery is not affected, or is answered 503", async () => {
      const url = await box.url();
      const client = await stranger(url);
      const store = await box.store({ url, log, thread });
      await store.record(toEntries([green]));

      await client.query(terminate);
      const batch = toEntries([ofRun("2", "failure", { clock: 70 })]);
      const outcome = await recordedPatiently(store, batch);

      expect(outcome).to.deep.equal(["accepted"]);
    });

    it("two sessions deadlock", async () => {
      const url = await box.url();
      const connection = connect(url, log);
      const [one, other] = [await connection.knex.transaction(), await connection.knex.transaction()];
      await one.raw("set local deadlock_timeout = '50ms'; select pg_advisory_xact_lock(1)");
      await other.raw("set local deadlock_timeout = '10s'; select pg_advisory_xact_lock(2)");
      const granted = Promise.resolve(other.raw("select pg_advisory_xact_lock(1)"));

      const error = await catchFailure(Promise.resolve(one.raw("select pg_advisory_xact_lock(2)")));

      expect([error.code, isTransient(error)]).to.deep.equal(["40P01", true]);
      await one.rollback();
      await granted;
      await other.rollback();
      await connection.knex.destroy();
    });

    it("the server has become a read-only standby", async () => {
      const store = await box.store();
      await rows(store, "set default_transaction_read_only = on");

      const error = await catchFailure(store.record(toEntries([green])));

      expect([error.code, store.isTransient(error)]).to.deep.equal(["25006", true]);
      await rows(store, "set default_transaction_read_only = off");
      expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
    });

    it("the server is away, and comes back", async () => {
      const { store, proxy } = await proxied();
      await proxy.cut();

      const errors = [
        await catchFailure(store.record(toEntries([green]))),
        await catchFailure(store.record(toEntries([green]))),
      ];

      expect(
        errors.map((error) => store.isTransient(error)),
        String(errors),
      ).to.deep.equal([true, true]);
      expect(errors.at(-1)?.code).to.equal("ECONNREFUSED");
      await catchFailure(store.ping());
      await proxy.restore();
      expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
    });

    it("the connection breaks before the answer to a commit: trying again counts nothing twice", async () => {
      const { store, proxy } = await proxied();
      const batch = toEntries([green, ofRun("2", "failure", { clock: 70 })]);
      proxy.breakAfter("COMMIT");

      const error = await catchFailure(store.record(batch));

      expect(store.isTransient(error), String(error)).to.equal(true);
      const committed = await totals(store);
      expect(Object.values(committed).reduce((a, b) => a + b)).to.equal(2);
      expect(await store.record(batch)).to.deep.equal(["duplicate", "duplicate"]);
      expect(await totals(store)).to.deep.equal(committed);
    });
  });
}

/** Tries again as the ledger does; each dead session of the pool (six at the most) may cost one try. */
async function recordedPatiently(store: TestStore, batch: readonly Entry[]): Promise<readonly Recorded[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await store.record(batch);
    } catch (error) {
      if (tries > 8 || !store.isTransient(error)) throw error;
    }
  }
}

/** Until somebody waits for a lock in this database. */
async function waiting(client: Client): Promise<void> {
  const blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await until(async () => {
    // Within a transaction, which the client is in, PostgreSQL would show what it showed first.
    await client.query("select pg_stat_clear_snapshot()");
    return ((await client.query(blocked)).rowCount ?? 0) > 0;
  }, "waiting for a lock");
}
