import { expect } from "chai";
import { connect } from "../../src/core/store/db/connect.ts";
import { withCopyEnds } from "../../src/core/store/maintenance/copy-databases.ts";
import { copyTables } from "../../src/core/store/maintenance/copy-tables.ts";
import { copyLedger } from "../../src/core/store/maintenance/copy.ts";
import { retireSeries } from "../../src/core/store/maintenance/retire.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { databases, noLog, now, sandbox, type Sandbox } from "../support/database/databases.ts";
import { failureOf } from "../support/failures.ts";
import { fillLedger } from "../support/database/fill-ledger.ts";
import { ofRun } from "../support/model/observations.ts";
import { tableNames } from "../support/database/schema.ts";
import { entriesOf, rows, tables } from "../support/database/tables.ts";
import type { Store } from "../../src/core/store/index.ts";

const [sqlite, postgres] = databases;
if (sqlite === undefined || postgres === undefined) throw new Error("both engines have suites");

interface Progress {
  readonly table: string;
  readonly done: number;
}

/** Copies, and stops with an error when `stopAt` says so. */
function copying(from: string, to: string, batchRows = 7, stopAt: (progress: Progress) => boolean = () => false) {
  return withCopyEnds({ from, to }, noLog, (ends) =>
    copyLedger(ends, {
      batchRows,
      onProgress(table, done) {
        if (stopAt({ table, done })) throw new Error("stopped on purpose");
      },
    }),
  );
}

async function exposed(store: Store): Promise<string[]> {
  const snapshot = await store.snapshot();
  return (["text", "openmetrics"] as const).map((format) => [...renderLedger(snapshot, format)].join(""));
}

/** Every cell of every table but those that tell of the database itself. */
async function everything(store: Store): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const { table, key, columns } of copyTables) {
    const found = await rows(store, `select * from ${table} order by ${key.join(", ")}`);
    all[table] = found
      .map((row) =>
        Object.keys(columns).map((column) => (typeof row[column] === "boolean" ? Number(row[column]) : row[column])),
      )
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return all;
}

for (const database of databases) {
  describe(`store, copy: ${database.name}`, () => {
    const box = sandbox(database);

    it("takes over every table and every column there is", async () => {
      const { connection } = await box.store();
      const catalog: Record<string, string[]> = {};
      for (const table of await tableNames(connection)) {
        if (table === "maintenance") continue;
        catalog[table] = Object.keys(await connection.knex(table).columnInfo()).toSorted();
      }

      const copied = copyTables.map(({ table, columns }) => [table, Object.keys(columns).toSorted()]);
      expect(Object.fromEntries(copied)).to.deep.equal(catalog);
    });

    it("refuses a target that holds anything, and leaves it as it was", async () => {
      const urls = [await box.url(), await box.url()] as const;
      const [from, to] = [await box.store({ url: urls[0] }), await box.store({ url: urls[1] })];
      await from.record(entriesOf([ofRun("1", "success", { clock: 70 })]));
      await to.record(entriesOf([ofRun("2", "success", { clock: 70 })]));
      const before = await tables(to);

      const error = await failureOf(copying(...urls));

      expect(error).to.include({ code: "config" });
      expect(error.message).to.match(/^the target is not empty: its table rollups holds rows/);
      expect(await tables(to)).to.deep.equal(before);
    });

    it("refuses databases of another version, on either side, and what is none of ours", async () => {
      const aged = async (sql: string) => {
        const url = await box.url();
        const { knex } = connect(url, noLog);
        await knex.raw(sql);
        await knex.destroy();
        return url;
      };
      const newer = () =>
        aged("insert into knex_migrations (name, batch, migration_time) values ('29990101000000_later.js', 2, null)");
      const older = () => aged("delete from knex_migrations where name = (select max(name) from knex_migrations)");
      const foreign = async () => {
        const url = await box.url("empty");
        const { knex } = connect(url, noLog);
        await knex.raw("create table somebody (id integer)");
        await knex.destroy();
        return url;
      };
      const current = await box.url();
      const empty = await box.url("empty");

      const said = [];
      for (const [from, to] of [
        [await newer(), empty],
        [current, await newer()],
        [await older(), empty],
        [current, await older()],
        [await foreign(), current],
      ] as const) {
        const { code, message } = await failureOf(copying(from, to));
        said.push([code, message.replace(/ (sqlite|postgres):\S+/, "").split(":")[0]]);
      }

      expect(said).to.deep.equal([
        ["schema", "--from is of a newer version of Pipegauge"],
        ["schema", "--to is of a newer version of Pipegauge"],
        ["schema", "--from is of an older version of Pipegauge"],
        ["schema", "--to is of an older version of Pipegauge"],
        ["config", "--from is no database of Pipegauge"],
      ]);
    });
  });
}

describe("store, copy: from one engine to the other", function () {
  this.timeout(60_000);
  const boxes: Readonly<Record<string, Sandbox>> = { SQLite: sandbox(sqlite), PostgreSQL: sandbox(postgres) };
  const boxOf = (name: string) => boxes[name] as Sandbox;

  for (const from of Object.keys(boxes)) {
    for (const to of Object.keys(boxes)) {
      it(`${from} to ${to} and on to ${from}: every cell, every id, every byte of the exposition`, async () => {
        const urls = [await boxOf(from).url(), await boxOf(to).url("empty"), await boxOf(from).url("empty")] as const;
        const first = await boxOf(from).store({ url: urls[0] });
        await fillLedger(first, 60);
        await first.record(entriesOf([ofRun("gone", "success", { clock: 70, facts: { project: "gone" } })]));
        expect(await retireSeries(first.connection, { project: "gone" }, now)).to.not.be.empty;

        const copied = await copying(urls[0], urls[1]);
        await copying(urls[1], urls[2]);

        const [second, third] = [await boxOf(to).store({ url: urls[1] }), await boxOf(from).store({ url: urls[2] })];
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
        await second.record(entriesOf([ofRun("new", "success", { clock: 70, facts: { project: "new" } })]));
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
      const source = await boxOf(from).url();
      const store = await boxOf(from).store({ url: source });
      await fillLedger(store, 12);
      const target = await boxOf(to).url("empty");
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
        const error = await failureOf(boxOf(to).store({ url: target }));
        expect(error.message, "no server on half a ledger").to.include("unfinished copy");
      }

      expect(stops).to.be.above(10);
      const copy = await boxOf(to).store({ url: target });
      expect(await everything(copy)).to.deep.equal(await everything(store));
      expect(await rows(copy, "select * from maintenance")).to.deep.equal([]);
    }
  });

  it("a source that was written to meanwhile is not mixed with what was copied before", async () => {
    const source = await boxOf("SQLite").url();
    const store = await boxOf("SQLite").store({ url: source });
    await fillLedger(store, 12);
    const target = await boxOf("PostgreSQL").url("empty");
    await failureOf(copying(source, target, 7, ({ table }) => table === "jobs"));
    await store.record(entriesOf([ofRun("more", "success", { clock: 70 })]));

    const error = await failureOf(copying(source, target));

    expect(error.message).to.include("the source is not what it was when that began");
  });

  it("of two at once one gets on, and the copy is whole", async () => {
    const source = await boxOf("SQLite").url();
    const store = await boxOf("SQLite").store({ url: source });
    await fillLedger(store, 60);
    const target = await boxOf("PostgreSQL").url();

    const ended = await Promise.allSettled([copying(source, target), copying(source, target)]);

    const refused = ended.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
    for (const message of refused) expect(message).to.match(/another copy is at work|not empty/);
    if (refused.length > 0) await copying(source, target).catch(() => undefined);
    const copy = await boxOf("PostgreSQL").store({ url: target });
    expect(await everything(copy)).to.deep.equal(await everything(store));
  });
});
