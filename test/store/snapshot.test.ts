import { expect } from "chai";
import { bucketCount } from "../../src/core/stored-metrics.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { readSnapshot } from "../../src/core/store/scrape/snapshot.ts";
import { allDatabases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";

/** Each thing that may befall a row, one after the other, all of them to `p-2`. */
const changes: Readonly<Record<string, string>> = {
  "the count": "count = count + 1",
  "the sum alone": "sum_millis = sum_millis + 1",
  ...Object.fromEntries(
    Array.from({ length: bucketCount - 1 }, (_, i) => [
      `bucket ${i}, in favour of the next`,
      `bucket_${i} = bucket_${i} - 1, bucket_${i + 1} = bucket_${i + 1} + 1`,
    ]),
  ),
  "the first exemplar": "exemplar_run = '7', exemplar_at = 1790000000000",
  "the next exemplar":
    "count = count + 1, exemplar_run = '8', exemplar_url = 'https://ci.example.com/8', exemplar_seconds = 1.5",
};

for (const database of allDatabases) {
  describe(`store, a snapshot of many series: ${database.name}`, () => {
    const box = sandbox(database);

    /** A store with so many series of a counter, and as many of a histogram; every third text is a long one. */
    async function filled(count: number) {
      const store = await box.store();
      const names = Array.from({ length: count }, (_, i) => `p-${i * 7919}${i % 3 === 0 ? "é".repeat(90) : ""}`);
      const labels = names.map((name) => JSON.stringify(["gitlab", name, name]));
      for (const metric of ["runs", "runDuration"]) {
        for (let from = 0; from < count; from += 500) {
          const values = labels.slice(from, from + 500).map((text) => `('${metric}', '${text}', 0)`);
          await rows(store, `insert into rollups (metric, labels, created_at) values ${values.join(", ")}`);
        }
      }
      return { store, labels };
    }

    for (const count of [0, 1, 1999, 2000, 4001]) {
      it(`of ${count} a metric holds each once, by metric and labels`, async () => {
        const { store, labels } = await filled(count);

        const { rollups } = await store.snapshot();

        // By their bytes, as both engines sort them.
        const sorted = labels.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(rollups.map((row) => `${row.metric} ${JSON.stringify(row.labels)}`)).to.deep.equal(
          ["runs", "runDuration"].flatMap((metric) => sorted.map((text) => `${metric} ${text}`)),
        );
      });
    }

    it("is read in slices, and other work gets a turn between them", async () => {
      const { store } = await filled(6000);
      let turns = 0;
      let reading = true;
      const turn = () => {
        turns++;
        if (reading) setImmediate(turn);
      };
      setImmediate(turn);

      await store.snapshot();
      reading = false;

      // Three slices of each metric at the least.
      expect(turns).to.be.at.least(6);
    });

    /** What somebody sees who has never read this database before. */
    const afresh = ({ connection }: TestStore) => readSnapshot(connection);

    for (const metric of ["runs", "runDuration"]) {
      it(`after one of ${metric} has changed shows it as it is now, for any change`, async () => {
        const { store, labels } = await filled(4);
        await store.snapshot();

        for (const [what, change] of Object.entries(changes)) {
          await rows(
            store,
            `update rollups set ${change} where metric = '${metric}' and labels = '${labels[2] ?? ""}'`,
          );
          expect(await store.snapshot(), what).to.deep.equal(await afresh(store));
        }
      });
    }

    it("after series came and went shows those that are there, in order", async () => {
      const { store, labels } = await filled(6);
      await store.snapshot();

      for (const change of [
        `delete from rollups where metric = 'runs' and labels = '${labels[1] ?? ""}'`,
        `insert into rollups (metric, labels, created_at) values ('runs', '["gitlab","a","a"]', 0)`,
        `insert into rollups (metric, labels, created_at) values ('of a newer version', '[]', 0)`,
        `delete from rollups where labels = '${labels[2] ?? ""}'`,
      ]) {
        await rows(store, change);
        expect(await store.snapshot(), change).to.deep.equal(await afresh(store));
      }
    });

    it("notices a series that has the id of a lost one, as after a failover that lost the latest rows", async () => {
      const { store, labels } = await filled(2);
      await store.snapshot();

      const [row] = await rows(store, `select id from rollups where labels = '${labels[1] ?? ""}' and metric = 'runs'`);
      const id = Number(row?.["id"]);
      await rows(store, `delete from rollups where id = ${id}`);
      await rows(
        store,
        `insert into rollups (id, metric, labels, created_at) values (${id}, 'runs', '["a","b","c"]', 1)`,
      );

      expect(await store.snapshot()).to.deep.equal(await afresh(store));
    });

    it("reads those that did not move only once", async () => {
      const { store, labels } = await filled(4);
      const before = await store.snapshot();
      await rows(store, `update rollups set count = 1 where metric = 'runs' and labels = '${labels[3] ?? ""}'`);

      const after = await store.snapshot();

      const isNew = after.rollups.map((row, i) => row !== before.rollups[i]);
      expect(isNew.filter(Boolean)).to.have.length(1);
      expect(after.rollups[isNew.indexOf(true)]?.labels).to.deep.equal(JSON.parse(labels[3] ?? ""));
    });

    it("is right for two who read at once", async () => {
      const { store } = await filled(3000);

      const both = await Promise.all([store.snapshot(), store.snapshot()]);

      expect(both).to.deep.equal([await afresh(store), await store.snapshot()]);
    });
  });
}
