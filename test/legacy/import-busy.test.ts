import { expect } from "chai";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { joinLabels } from "../../src/core/series.ts";

const [sqlite] = databases;
if (sqlite === undefined) throw new Error("SQLite is always there");
const database = sqlite;

describe("totals of an older tool, imported while another process writes: SQLite", () => {
  const box = sandbox(database);

  it("wait for it: a start does not fail for a lock that passes", async () => {
    const url = await box.url();
    const store = await box.store({ url });
    const lock = lockDatabase(url.slice("sqlite:".length));
    const failed = new Promise((resolve) => store.connection.knex.once("query-error", resolve));
    const totals = [{ metric: "runCounter", labels: joinLabels("build", "success"), count: 3 }] as const;

    const importing = store.maintenance.importTotals("run-counter", totals, now);
    await Promise.race([failed, importing]);
    lock.release();

    expect(await importing).to.equal(true);
    expect((await store.snapshot()).rollups.map(({ count }) => count)).to.deep.equal([3]);
    expect(await store.maintenance.importTotals("run-counter", totals, now)).to.equal(false);
  });
});
