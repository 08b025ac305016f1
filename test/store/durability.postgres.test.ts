import { expect } from "chai";
import { Client } from "pg";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { readDurabilityWarnings } from "../../src/core/store/db/durability.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { ofRun } from "../support/model/observations.ts";
import { startProcess } from "../support/server/server.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";

const setting = "synchronous_commit";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

/** Notes, in the transaction that stores a delivery, how that transaction will be committed. */
const noteSetting = `
  create table noted (value text);
  create function note_setting() returns trigger language plpgsql as $$
    begin insert into noted values (current_setting('${setting}')); return null; end $$;
  create trigger note_setting after insert on deliveries execute function note_setting()`;

async function alter(url: string, value: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set ${setting} = ${value}`);
  await client.end();
}

for (const thread of [undefined, writerThread]) {
  describe(`store, commits: PostgreSQL${thread !== undefined ? ", written from a thread" : ""}`, () => {
    const box = sandbox(required);

    for (const [set, used] of [
      ["off", "on"],
      ["on", "on"],
      ["remote_apply", "remote_apply"],
    ] as const) {
      it(`a delivery is committed with ${setting} ${used} where the database says ${set}`, async () => {
        const url = await box.url();
        await alter(url, set);
        const store = await box.store({ url, thread });
        await store.connection.knex.raw(noteSetting);

        expect(await store.record(toEntries([ofRun("1", "success", { clock: 70 })]))).to.deep.equal(["accepted"]);

        expect(await rows(store, "select distinct value from noted")).to.deep.equal([{ value: used }]);
        expect(
          await rows(store, `select current_setting('${setting}') as value`),
          "the session is left alone",
        ).to.deep.equal([{ value: set }]);
        const warnings = await readDurabilityWarnings(store.connection);
        expect(warnings.filter((warning) => warning.includes(setting))).to.have.length(set === "off" ? 1 : 0);
      });
    }
  });
}

describe("a start on a PostgreSQL that may lose commits", () => {
  const box = sandbox(required);

  it("warns of it", async () => {
    const url = await box.url();
    await alter(url, "off");

    const server = await startProcess({ PIPEGAUGE_DATABASE_URL: url });

    await until(() => /"level":"warn".*synchronous_commit is off/.test(server.output()), "a warning");
    expect(await server.end()).to.equal(0);
  });
});
