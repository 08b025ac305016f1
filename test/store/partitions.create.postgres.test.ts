import { expect } from "chai";
import { connect } from "../../src/core/store/db/connect.ts";
import { migrate } from "../../src/core/store/db/migrate.ts";
import { isPartitioned, listPartitions } from "../../src/core/store/db/partitions.ts";
import { fillLedger } from "../support/database/fill-ledger.ts";
import { databases, databasesAndPartitions, noLog, sandbox } from "../support/database/databases.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun } from "../support/model/observations.ts";
import { runProgram } from "../support/server/program.ts";
import { copying, everything, exposed } from "./copying.ts";

const [sqlite, postgres] = databases;
const partitioned = databasesAndPartitions.find(({ name }) => name === "PostgreSQL, in partitions");
if (sqlite === undefined || postgres === undefined || partitioned === undefined)
  throw new Error("a database is missing");

describe("a ledger with partitions", function () {
  this.timeout(60_000);
  const plain = sandbox(postgres);
  const files = sandbox(sqlite);
  const months = sandbox(partitioned);
  const migrateByProgram = (url: string, ...args: string[]) =>
    runProgram(["migrate", ...args], { PIPEGAUGE_DATABASE_URL: url });

  it("is created in an empty database by migrate --partitioned, and migrated like others afterwards", async () => {
    const url = await plain.url("empty");

    const { code, stdout, stderr } = await migrateByProgram(url, "--partitioned");

    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.match(/^applied 20261121000000_create_ledger.js\n/);
    expect((await migrateByProgram(url, "--partitioned")).stdout).to.match(/^nothing to apply/);
    expect((await migrateByProgram(url)).stdout).to.match(/^nothing to apply/);
    const store = await plain.store({ url });
    expect((await listPartitions(store.connection.knex, "postgres")).length).to.be.within(3, 4);
    expect(await store.record(toEntries([ofRun("1", "success", { clock: 70 })]))).to.deep.equal(["accepted"]);
    expect(await rows(store, "select * from run_completions_default")).to.deep.equal([]);
  });

  it("is created by a server that migrates an empty database", async () => {
    const store = await plain.store({ url: await plain.url("empty"), partitioned: true });

    expect(await isPartitioned(store.connection.knex, "postgres")).to.equal(true);
    expect(await rows(store, "select distinct batch from knex_migrations")).to.deep.equal([{ batch: 1 }]);
  });

  it("is refused where there is a ledger without partitions, and on SQLite", async () => {
    const url = await plain.url();
    const { code, stderr } = await migrateByProgram(url, "--partitioned");
    expect(code).to.equal(2);
    expect(stderr).to.match(/this ledger was created without partitions.*`pipegauge copy` into it$/m);

    const file = connect(await files.url(), noLog);
    const error = await catchFailure(migrate(file, { partitioned: true }));
    await file.knex.destroy();
    expect(error).to.have.property("code", "config");
    expect(error.message).to.match(/^SQLite has no partitions/);
  });

  it("takes a copy of another ledger, knows its deliveries, and gives new ids; and is copied to SQLite", async () => {
    const urls = [await files.url(), await months.url(), await files.url("empty")] as const;
    const source = await files.store({ url: urls[0] });
    await fillLedger(source, 20);
    const sent = toEntries([ofRun("sent", "success", { clock: 70 })]);
    await source.record(sent);

    await copying(urls[0], urls[1]);
    const target = await months.store({ url: urls[1] });

    expect(await everything(target)).to.deep.equal(await everything(source));
    expect(await exposed(target)).to.deep.equal(await exposed(source));
    expect(await target.record(sent)).to.deep.equal(["duplicate"]);
    expect(await target.record(toEntries([ofRun("new", "success", { clock: 70 })]))).to.deep.equal(["accepted"]);
    const [ids] = await rows(
      target,
      "select max(id) > 990000000000000 as later, max(id) % 1000 < 100 as next from runs",
    );
    expect(ids).to.deep.equal({ later: true, next: true });

    await copying(urls[1], urls[2]);
    const back = await files.store({ url: urls[2] });
    expect(await everything(back)).to.deep.equal(await everything(target));
    expect(await back.record(sent)).to.deep.equal(["duplicate"]);
  });
});
