import { expect } from "chai";
import { connect } from "../../../src/core/store/db/connect.ts";
import { withExportSource } from "../../../src/core/store/maintenance/index.ts";
import { dayMillis } from "../../../src/core/time.ts";
import { databasesAndPartitions, noLog, now, sandbox } from "../../support/database/databases.ts";
import { fill } from "../../support/database/fill.ts";
import { rows, toEntries } from "../../support/database/tables.ts";
import { ofJob, ofRun } from "../../support/model/observations.ts";

const day = Math.floor(now / dayMillis) * dayMillis;
const span = { since: day, until: day + dayMillis, staleBefore: 0 };

for (const database of databasesAndPartitions) {
  describe(`export: one day is one snapshot, on ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("reads pages of it while deliveries are written, which it does not show", async () => {
      const databaseUrl = await box.url();
      const store = await box.store({ url: databaseUrl });
      await fill(store, 60);
      // Enough for several pages.
      const jobs = Array.from({ length: 4500 }, (_, i) =>
        ofJob(`j${i}`, "unit", "success", { clock: 50, started: 20 }),
      );
      await store.record(toEntries([ofRun("large", "success", { clock: 60, started: 10, jobs })]));
      const pages: number[] = [];

      const fingerprint = await withExportSource(databaseUrl, noLog, (source) =>
        source.readSpan("jobs", span, async ({ items, share }) => {
          pages.push(items.length);
          expect(share).to.be.within(0, 1);
          const late = [ofJob(`late ${pages.length}`, "unit", "success", { clock: 50 })];
          const written = await store.record(
            toEntries([ofRun(`late ${pages.length}`, "success", { clock: 60, jobs: late })]),
          );
          expect(written).to.deep.equal(["accepted"]);
        }),
      );

      expect(pages.length).to.be.above(2);
      expect(Math.max(...pages)).to.be.at.most(2000);
      expect(pages.reduce((sum, count) => sum + count, 0)).to.equal(4500 + 2 * 60);
      expect(fingerprint?.rows).to.equal(61);
      const [stored] = await rows(store, "select count(*) as count from runs");
      expect(Number(stored?.["count"])).to.equal(61 + pages.length);
    });

    if (database.engine === "postgres") {
      it("is content with a session that may not write", async () => {
        const databaseUrl = await box.url();
        await fill(await box.store({ url: databaseUrl }), 60);
        const readOnly = new URL(databaseUrl);
        readOnly.searchParams.set("options", "-c default_transaction_read_only=on");
        const url = readOnly.href.replaceAll("+", "%20");
        let rowsRead = 0;

        const session = connect(url, noLog);
        const refused = await session.knex.raw("create table written (id int)").catch((error: unknown) => error);
        await session.knex.destroy();
        await withExportSource(url, noLog, async (source) => {
          expect([...(await source.listDays("jobs", span)).keys()]).to.deep.equal([day / dayMillis]);
          await source.readSpan("jobs", span, async ({ items }) => void (rowsRead += items.length));
        });

        expect(refused).to.have.property("message").that.includes("read-only transaction");
        expect(rowsRead).to.equal(120);
      });
    }

    it("refuses a database without a ledger, and does not create one", async () => {
      const databaseUrl = await box.url("empty");

      const error = await withExportSource(databaseUrl, noLog, async () => undefined).catch((one: unknown) => one);

      expect(error)
        .to.have.property("message")
        .that.matches(database.engine === "sqlite" ? /: file not found$/ : /is no database of Pipegauge$/);
      expect(error).to.have.property("code", "config");
    });
  });
}
