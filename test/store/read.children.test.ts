import { expect } from "chai";
import type { SummaryQuery } from "../../src/core/store/read/types.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { dawn, ofRun } from "../support/model/observations.ts";
import { toEntries } from "../support/database/tables.ts";

const day = 86_400_000;
const everything: SummaryQuery = { by: ["pipeline"], since: dawn - day, until: now + day, filter: {} };

for (const database of databasesAndPartitions) {
  describe(`reading children: ${database.name}`, () => {
    const box = sandbox(database);

    it("leaves out runs that are part of another, unless they or their pipeline are asked for", async () => {
      const store = await box.store();
      const pipeline = "shop/cart ▸ child";
      const child = ofRun("2", "failure", { clock: 60, facts: { pipeline, parent: "1" } });
      await store.record(toEntries([ofRun("1", "success", { clock: 60 }), child]));
      const pipelinesIn = async (query: Partial<SummaryQuery>) =>
        (await store.read("summary", { ...everything, ...query })).groups.map((group) => group.pipeline);

      expect(await pipelinesIn({})).to.deep.equal(["checkout"]);
      expect(await pipelinesIn({ children: true })).to.have.members(["checkout", pipeline]);
      expect(await pipelinesIn({ filter: { pipeline } })).to.deep.equal([pipeline]);
      const { items } = await store.read("runs", { filter: { parent: "1" }, limit: 10 });
      expect(items.map(({ nativeId, parent }) => [nativeId, parent])).to.deep.equal([["2", "1"]]);
    });
  });
}
