import { expect } from "chai";
import { createDeadLetterQuota } from "../../src/commands/serve/dead-letter-quota.ts";
import { createLog } from "../../src/log.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const megabyte = 1024 * 1024;

/** No JSON, of `bytes` bytes, another each time. */
const broken = (i: number, bytes: number) => `{"number ${i}": `.padEnd(bytes, " ");

/** Of each delivery, oldest first, whether its body is there. */
async function keptIn(server: TestServer, source: string): Promise<boolean[]> {
  const rows = await readRows(server, "deliveries", { source });
  return rows.toSorted((a, b) => Number(a["id"]) - Number(b["id"])).map(({ body }) => body !== null);
}

for (const database of databases) {
  describe(`dead letters that fill the disk: ${database.name}`, () => {
    const box = sandbox(database);
    const start = testServers();

    it("the oldest lose their bodies, and no more than that; other sources keep theirs", async () => {
      const env = { PIPEGAUGE_DEAD_LETTER_BYTES: String(megabyte) };
      const server = await start({ databaseUrl: await box.url(), env });
      await server.deliver("jenkins", broken(0, 500_000));
      for (let i = 1; i <= 9; i++)
        expect((await server.deliver("gitlab", broken(i, 200_000))).json["status"]).to.equal("dead_letter");

      // Five bodies of 200,000 bytes fit into a megabyte.
      const expected = [...Array<boolean>(4).fill(false), ...Array<boolean>(5).fill(true)];
      await until(async () => (await keptIn(server, "gitlab")).join() === expected.join(), "the oldest four trimmed");
      expect(await keptIn(server, "jenkins")).to.deep.equal([true]);
      const trimmed = (await readRows(server, "deliveries", { source: "gitlab" })).filter(({ body }) => body === null);
      for (const row of trimmed) {
        expect(row).to.include({ outcome: "dead_letter", headers: null, bytes: 200_000 });
        expect(row["reason"]).to.match(/not valid JSON/);
      }
      expect((await server.scrape()).total("pipegauge_dead_letters", { source: "gitlab" })).to.equal(9);
      const { json } = await server.request("/api/v1/deliveries?source=gitlab");
      expect((json["deliveries"] as { body_kept: boolean }[]).filter(({ body_kept: kept }) => kept)).to.have.length(5);
    });

    it("those that arrive while older ones are trimmed are trimmed as well", async () => {
      const server = await start({ databaseUrl: await box.url() });
      const { maintenance } = server.store;
      let trims = 0;
      const trimDeadLetters = async (source: string, bytesMax: number): Promise<number> => {
        const trimmed = await maintenance.trimDeadLetters(source, bytesMax);
        if (++trims > 1) return trimmed;
        await server.deliver("gitlab", broken(2, 200));
        quota.stored("gitlab", 200);
        return trimmed;
      };
      const quota = createDeadLetterQuota(
        { maintenance: { ...maintenance, trimDeadLetters } },
        createLog("silent"),
        300,
      );
      await server.deliver("gitlab", broken(1, 200));

      await quota.trimAll();

      expect(await keptIn(server, "gitlab")).to.deep.equal([false, true]);
      expect(trims).to.equal(2);
    });

    it("one that was trimmed still counts once it is sent again and understood", async () => {
      const server = await start({ databaseUrl: await box.url() });
      const quota = createDeadLetterQuota(server.store, createLog("silent"), 100);
      await server.deliver("gitlab", broken(1, 200), { "idempotency-key": "one" });

      await quota.trimAll();

      expect(await keptIn(server, "gitlab")).to.deep.equal([false]);
      const again = await server.deliver("gitlab", { object_kind: "push" }, { "idempotency-key": "one" });
      expect(again.json["status"]).to.equal("ignored");
    });

    it("many small ones are trimmed alike, regardless of what was trimmed before", async () => {
      const server = await start({ databaseUrl: await box.url() });
      const log = createLog("silent");
      const { knex } = server.store.connection;
      const rows = Array.from({ length: 1300 }, (_, i) => ({
        key: `key ${i}`,
        source: "gitlab",
        provider: "gitlab",
        outcome: "dead_letter",
        received_at: i,
        bytes: 10,
        headers: "{}",
        body: "0123456789",
      }));
      for (let i = 0; i < rows.length; i += 50) await knex("deliveries").insert(rows.slice(i, i + 50));
      const keptCount = async () => (await keptIn(server, "gitlab")).filter(Boolean).length;

      await createDeadLetterQuota(server.store, log, 6005).trimAll();
      expect(await keptCount()).to.equal(600);
      await createDeadLetterQuota(server.store, log, 6005).trimAll();
      expect(await keptCount()).to.equal(600);
      await createDeadLetterQuota(server.store, log, 100).trimAll();
      expect(await keptCount()).to.equal(10);
    });
  });
}
