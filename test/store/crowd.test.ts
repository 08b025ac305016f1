import type { Database } from "better-sqlite3";
import { expect } from "chai";
import { writerThread } from "../../src/commands/serve/writer.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { trackThreads } from "../support/database/threads.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { ofRun } from "../support/model/observations.ts";

const [sqlite] = databases;
if (sqlite === undefined) throw new Error("SQLite is always there");
const database = sqlite;

/** As deliveries of `running` leave them, each in a project of its own. */
function insertUnfinished(store: TestStore, count: number) {
  return rows(
    store,
    `with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < ${count})
     insert into runs (source, native_id, provider, project, pipeline, state, first_seen_at, updated_at)
     select 'main', 'crowd ' || i, 'gitlab', 'crowd/' || i, 'ci', 'executing', ${now}, ${now} + i from numbers`,
  );
}

/** What the connection of the event loop is asked of runs meanwhile. */
async function statementsOn({ connection }: TestStore, work: () => Promise<unknown>): Promise<string[]> {
  const pool = connection.knex.client as {
    acquireConnection(): Promise<Database>;
    releaseConnection(of: Database): Promise<void>;
  };
  const driver = await pool.acquireConnection();
  await pool.releaseConnection(driver);
  const prepare = driver.prepare.bind(driver);
  const statements: string[] = [];
  driver.prepare = (sql: string) => {
    if (/\bruns\b/.test(sql)) statements.push(sql);
    return prepare(sql);
  };
  await work();
  driver.prepare = prepare;
  return statements;
}

describe("store, a crowd of unfinished runs: SQLite", () => {
  const threads = trackThreads();
  const box = sandbox(database);

  async function crowded(count: number) {
    const store = await box.store({ thread: writerThread });
    await store.record(toEntries([ofRun("1", "executing", { clock: 5 }), ofRun("2", "success", { clock: 60 })]));
    await insertUnfinished(store, count);
    return store;
  }

  it("is counted in a thread: the event loop's connection only learns that there are too many", async () => {
    const store = await crowded(2000);
    const plain = await box.store({ url: `sqlite:${store.connection.knex.client.config.connection.filename}` });
    const staleBefore = now + 1000;

    const statements = await statementsOn(store, () => store.snapshot(staleBefore));

    expect(statements).to.have.length(1);
    expect(statements[0]).to.match(/select 1 from runs indexed by runs_active_index where [^()]* limit 2001\b/);
    expect(threads, "the writer and the counter").to.have.length(2);
    const snapshot = await store.snapshot(staleBefore);
    expect(snapshot).to.deep.equal(await plain.snapshot(staleBefore));
    expect(
      snapshot.active.filter(({ project }) => project === "__other__").map(({ state, count }) => [state, count]),
    ).to.have.deep.members([
      ["executing", 1001],
      ["stale", 999],
    ]);
  });

  it("is counted by another thread where the one before has ended", async () => {
    const store = await crowded(2000);
    const snapshot = await store.snapshot();
    await threads[1]?.terminate();

    expect(await store.snapshot()).to.deep.equal(snapshot);
    expect(threads).to.have.length(3);
  });

  it("is not used where they are few: all is of one snapshot, and no thread starts", async () => {
    const store = await crowded(1999);

    const { active } = await store.snapshot();

    expect(active.reduce((sum, { count }) => sum + count, 0)).to.equal(2000);
    expect(threads, "the writer alone").to.have.length(1);
  });
});
