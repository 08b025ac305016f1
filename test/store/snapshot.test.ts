import { expect } from "chai";
import { databases, sandbox } from "../support/databases.ts";
import { rows } from "../support/tables.ts";

for (const database of databases) {
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

    it("is read in slices: whoever else waits has a turn between them", async () => {
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
  });
}
