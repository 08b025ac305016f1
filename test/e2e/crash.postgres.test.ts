import { expect } from "chai";
import { openTestStore, type TestStore } from "../support/database/test-store.ts";
import { ofRun } from "../support/model/observations.ts";
import { crashCluster, hasPostgres, startCluster, stopCluster, type Cluster } from "../support/postgres.ts";
import { toEntries, rows } from "../support/database/tables.ts";

const log = { warn: () => undefined, error: () => undefined };

describe("a PostgreSQL that crashes", function () {
  this.timeout(60_000);
  let cluster: Cluster | undefined;
  let store: TestStore | undefined;

  before("look for its programs", function () {
    if (!hasPostgres()) this.skip();
  });
  afterEach("stop it", async () => {
    await store?.close();
    if (cluster !== undefined) stopCluster(cluster.folder);
  });

  const open = (url: string) => openTestStore({ url, log, clock: Date.now, seriesMax: 100 });

  it("has every delivery that was answered, although it is configured not to wait for its disk", async () => {
    // Left to itself it would flush as late as its settings allow.
    cluster = await startCluster({ settings: { synchronous_commit: "off", wal_writer_delay: "10000ms" } });
    store = await open(cluster.url);
    const sent = Array.from({ length: 20 }, (_, i) => ofRun(String(i + 1), "success", { clock: 70 }));
    for (const run of sent) await store.record(toEntries([run]));

    crashCluster(cluster.folder);

    await store.close();
    store = await open(cluster.url);
    expect(await rows(store, "select count(*) as count from runs")).to.deep.equal([{ count: sent.length }]);
  });
});
