import { expect } from "chai";
import type { Store } from "../../src/core/store/index.ts";
import { lint, over, pipelineHook } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { counts, readIds, saved, fromWebhook } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

for (const database of databases) {
  describe(`a pipeline that is saved and delivered by GitLab at the same time: ${database.name}`, () => {
    const { store: open, url } = sandbox(database);

    it("counts once what two processes write at the same time", async () => {
      const shared = await url();
      const stores = [await open({ url: shared }), await open({ url: shared })] as const;
      const runs = Array.from({ length: 25 }, (_, i) => 1000 + i);

      await Promise.all(
        runs.flatMap((id) => {
          const hook = pipelineHook("success", [{ ...lint, id: id * 10 }], { ...over("10:25", 300), id });
          const writers = id % 2 === 0 ? stores : stores.toReversed();
          const deliveries = [fromWebhook(hook), saved({ pipeline_id: id, jobs: [], builds: [] })];
          return deliveries.map((entry, i) => patiently(writers[i] ?? stores[0], entry));
        }),
      );

      expect(await counts(stores[0])).to.include({ "cicd_pipeline_runs_total success": runs.length });
      expect(await readIds(stores[0])).to.have.members(runs.map((id) => `gitlab ${id}`));
    });
  });
}

/** SQLite lets one write at a time, and says so to the other. */
async function patiently(store: Store, entry: Entry): Promise<void> {
  for (;;) {
    try {
      await store.record([entry]);
      return;
    } catch (error) {
      if (!store.isTransient(error)) throw error;
      await new Promise((resume) => setTimeout(resume, 5));
    }
  }
}
