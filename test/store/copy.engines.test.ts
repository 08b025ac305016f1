import { expect } from "chai";
import { summedNames } from "../../src/core/store/db/tables.ts";
import { createLocalPartialSteps, updatePartialAnswers } from "../../src/core/store/maintenance/partial-answers.ts";
import { countDefaultBranches } from "../../src/core/store/maintenance/count-default-branches.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { databases, now, sandbox, type Sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { fillLedger } from "../support/database/fill-ledger.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { copying, everything, exposed } from "./copying.ts";

const [sqlite, postgres] = databases;
if (sqlite === undefined || postgres === undefined) throw new Error("both engines have suites");

/** Adds to each total once more, in one of three shards. */
const addShards = `
  insert into rollup_shards (rollup_id, shard, ${summedNames.join(", ")})
  select id, 1 + id % 3, ${summedNames.join(", ")} from rollups where count > 0`;

describe("store, copy: from one engine to the other", function () {
  this.timeout(60_000);
  const boxes: Readonly<Record<string, Sandbox>> = { SQLite: sandbox(sqlite), PostgreSQL: sandbox(postgres) };
  const getBox = (name: string) => boxes[name] as Sandbox;

  for (const from of Object.keys(boxes)) {
    for (const to of Object.keys(boxes)) {
      it(`${from} to ${to} and on to ${from}: every cell, every id, every byte of the exposition`, async () => {
        const urls = [
          await getBox(from).url(),
          await getBox(to).url("empty"),
          await getBox(from).url("empty"),
        ] as const;
        const first = await getBox(from).store({ url: urls[0] });
        await fillLedger(first, 60);
        await rows(first, addShards);
        await first.record(toEntries([ofRun("gone", "success", { clock: 70, facts: { project: "gone" } })]));
        expect(await retireSeries(first.connection, { project: "gone" }, now)).to.not.be.empty;
        await countDefaultBranches(first.connection, now);
        await updatePartialAnswers(createLocalPartialSteps(first.connection), now + 2 * 3_600_000, { runsMin: 0 });

        const copied = await copying(urls[0], urls[1]);
        await copying(urls[1], urls[2]);

        const [second, third] = [await getBox(to).store({ url: urls[1] }), await getBox(from).store({ url: urls[2] })];
        const all = await everything(first);
        for (const [table, cells] of Object.entries(all)) {
          expect(cells, table).to.have.length(copied.get(table) ?? 0);
          expect(cells, `${table} would prove nothing`).to.not.be.empty;
        }
        expect(await everything(second)).to.deep.equal(all);
        expect(await everything(third)).to.deep.equal(all);
        const text = await exposed(first);
        expect(text[0]).to.include("cicd_pipeline_run_duration_seconds_bucket");
        expect(await exposed(second)).to.deep.equal(text);
        expect(await exposed(third)).to.deep.equal(text);
        await second.record(toEntries([ofRun("new", "success", { clock: 70, facts: { project: "new" } })]));
        const again = await rows(second, "select id from rollups where id in (select rollup_id from retired_series)");
        expect(again, "an id that was retired is not given again").to.deep.equal([]);
      });
    }
  }

  it("stopped anywhere it goes on where it was: no gap, nothing twice", async () => {
    for (const [from, to] of [
      ["SQLite", "PostgreSQL"],
      ["PostgreSQL", "SQLite"],
    ] as const) {
      const source = await getBox(from).url();
      const store = await getBox(from).store({ url: source });
      await fillLedger(store, 12);
      const target = await getBox(to).url("empty");
      let stops = 0;
      for (;;) {
        // Each time it gets two steps further than the last time.
        let steps = 0;
        const stopped = await copying(source, target, 7, () => ++steps > 3).then(
          () => false,
          (error: Error) => {
            if (error.message !== "the copy stopped: stopped on purpose") throw error;
            return true;
          },
        );
        if (!stopped) break;
        stops++;
        if (stops > 200) throw new Error("it never ends");
        const error = await catchFailure(getBox(to).store({ url: target }));
        expect(error.message, "no server on half a ledger").to.include("unfinished copy");
      }

      expect(stops).to.be.above(10);
      const copy = await getBox(to).store({ url: target });
      expect(await everything(copy)).to.deep.equal(await everything(store));
      expect(await rows(copy, "select * from maintenance")).to.deep.equal([]);
    }
  });

  it("a source that was written to meanwhile is not mixed with what was copied before", async () => {
    const source = await getBox("SQLite").url();
    const store = await getBox("SQLite").store({ url: source });
    await fillLedger(store, 12);
    const target = await getBox("PostgreSQL").url("empty");
    await catchFailure(copying(source, target, 7, ({ table }) => table === "jobs"));
    await store.record(toEntries([ofRun("more", "success", { clock: 70 })]));

    const error = await catchFailure(copying(source, target));

    expect(error.message).to.include("the source has changed since that began");
  });

  it("of two at once one gets on, and the copy is whole", async () => {
    const source = await getBox("SQLite").url();
    const store = await getBox("SQLite").store({ url: source });
    await fillLedger(store, 60);
    const target = await getBox("PostgreSQL").url();

    const ended = await Promise.allSettled([copying(source, target), copying(source, target)]);

    const refused = ended.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
    for (const message of refused) expect(message).to.match(/another copy is running|not empty/);
    if (refused.length > 0) await copying(source, target).catch(() => undefined);
    const copy = await getBox("PostgreSQL").store({ url: target });
    expect(await everything(copy)).to.deep.equal(await everything(store));
  });
});
