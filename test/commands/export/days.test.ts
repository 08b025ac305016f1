import { expect } from "chai";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { dayMillis, type Millis } from "../../../src/core/time.ts";
import { databasesAndPartitions, sandbox, now } from "../../support/database/databases.ts";
import { toEntries } from "../../support/database/tables.ts";
import { freshFolder } from "../../support/folder.ts";
import { ofJob, ofRun } from "../../support/model/observations.ts";
import { parseLines, readFiles, runExport } from "./exporting.ts";

const midnight = Date.UTC(2026, 10, 18);
const hour = 3_600_000;

for (const database of databasesAndPartitions) {
  describe(`export, by day, on ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);
    const folder = freshFolder();

    /** A ledger whose clock the test moves, and exports of it. */
    async function open() {
      const databaseUrl = await box.url();
      const time = { now: midnight };
      const store = await box.store({ url: databaseUrl, clock: () => time.now });
      return {
        store,
        deliver: async (at: Millis, run: string, status: "executing" | "success" = "success") => {
          time.now = at;
          const jobs = [ofJob(`${run}-1`, "unit", status, { clock: 50, started: 20 })];
          await store.record(toEntries([ofRun(run, status, { clock: 60, started: 10, jobs })]));
        },
        run: (more: { readonly since?: string; readonly until?: string; readonly now?: Millis } = {}) =>
          runExport({ databaseUrl, folder: folder(), now, since: "2026-11-16", ...more }),
      };
    }

    /** Which runs have jobs in the files, by day. */
    const listed = () =>
      Object.fromEntries(
        [...readFiles(folder(), "jobs", "jsonl")].map(([day, text]) => [
          day,
          parseLines(text).map(({ native_id: id }) => String(id)),
        ]),
      );

    it("puts a job on the day, in UTC, on which its run was first seen", async () => {
      const { deliver, run } = await open();
      await deliver(midnight - 1, "before", "executing");
      await deliver(midnight, "at");
      await deliver(midnight + dayMillis - 1, "last");
      await deliver(midnight + dayMillis, "after");
      await deliver(midnight + dayMillis + 1, "before");

      const { code, printed } = await run();

      expect(code).to.equal(0);
      expect(printed).to.match(/^jobs: 4 rows of 3 days, \d+ bytes, in .*\/jobs\n$/);
      expect(listed()).to.deep.equal({
        "2026-11-17": ["before-1"],
        "2026-11-18": ["at-1", "last-1"],
        "2026-11-19": ["after-1"],
      });
    });

    it("writes whole days, also where the span begins and ends within one", async () => {
      const { deliver, run } = await open();
      for (const [at, name] of [
        [midnight, "a"],
        [midnight + 23 * hour, "b"],
        [midnight + dayMillis, "c"],
      ] as const)
        await deliver(at, name);

      await run({ since: "2026-11-18", until: "2026-11-19" });

      expect(listed()).to.deep.equal({ "2026-11-18": ["a-1", "b-1"] });
    });

    it("writes nothing where there is nothing", async () => {
      const { run } = await open();

      expect(await run()).to.deep.equal({ code: 0, printed: "jobs: nothing to write\n", written: [] });
      expect(listed()).to.deep.equal({});
    });

    it("writes again the days whose rows changed, those whose file is gone, and today", async () => {
      const { deliver, run } = await open();
      await deliver(midnight - dayMillis, "old");
      await deliver(midnight, "open", "executing");
      await deliver(now - hour, "today");
      const first = await run();

      const second = await run();
      await deliver(now, "open");
      const third = await run();
      rmSync(join(folder(), "jobs/day=2026-11-17/jobs.jsonl"));
      const fourth = await run({ now: now + dayMillis });

      expect(first.written).to.deep.equal(["jobs 2026-11-17", "jobs 2026-11-18", "jobs 2026-11-20"]);
      expect(second.written).to.deep.equal(["jobs 2026-11-20"]);
      expect(second.printed).to.match(/; 2 days unchanged\n$/);
      expect(third.written).to.deep.equal(["jobs 2026-11-18", "jobs 2026-11-20"]);
      const [job] = parseLines(readFiles(folder(), "jobs", "jsonl").get("2026-11-18") ?? "");
      expect(job).to.include({ native_id: "open-1", result: "success" });
      expect(fourth.written).to.deep.equal(["jobs 2026-11-17"]);
    });

    it("writes a day again once one of its runs is shown as stale", async () => {
      const { deliver, run } = await open();
      await deliver(midnight, "hangs", "executing");
      await run({ now: midnight + dayMillis });

      const early = await run({ now: midnight + 7 * dayMillis });
      const late = await run({ now: midnight + 7 * dayMillis + 1 });
      const later = await run({ now: midnight + 8 * dayMillis });

      expect([early.written, late.written, later.written]).to.deep.equal([[], ["jobs 2026-11-18"], []]);
    });

    it("keeps the file of a day of which the ledger has deleted rows", async () => {
      const { store, deliver, run } = await open();
      await deliver(midnight - dayMillis, "old");
      await deliver(midnight, "one");
      await deliver(midnight + 2 * hour, "two");
      await run();
      const before = listed();
      await store.maintenance.deleteExpired(midnight + hour);

      const { written, printed } = await run();

      expect(written).to.deep.equal([]);
      expect(printed).to.equal(
        "jobs: nothing to write\njobs: 2 files left as before, because the ledger has deleted rows of the day\n",
      );
      expect(listed()).to.deep.equal(before);
    });
  });
}
