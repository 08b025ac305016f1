import { expect } from "chai";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { at, mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { rows, toEntries } from "../support/database/tables.ts";

for (const database of databasesAndPartitions) {
  describe(`reading one run: ${database.name}`, () => {
    const box = sandbox(database);

    it("shows a run whole: what is known of it, its jobs and every result that it came to", async () => {
      const store = await box.store();
      const job = (id: string, status: "failure" | "success", clock: number) =>
        ofJob(id, "check", status, { clock, queued: clock - 9, started: clock - 8 });
      await store.record(
        toEntries([
          ofRun("1", "failure", {
            clock: 60,
            epoch: 1,
            attempt: 1,
            queued: 0,
            started: 10,
            jobs: [job("11", "failure", 50)],
          }),
          ofRun("1", "success", { clock: 160, epoch: 2, attempt: 2, started: 100, jobs: [job("12", "success", 150)] }),
          mentioning("2", [ofJob("21", "check", "executing", { clock: 5, started: 5 })]),
        ]),
      );

      // In a ledger with partitions ids begin with their month.
      const [id = 0, bareId = 0] = (await rows(store, "select id from runs order by id")).map((row) =>
        Number(row["id"]),
      );
      const found = await store.read("run", { id });
      const bare = await store.read("run", { id: bareId });

      expect(found?.run).to.include({
        id,
        source: "main",
        nativeId: "1",
        provider: "gitlab",
        project: "shop/cart",
        pipeline: "checkout",
        ref: "main",
        refKind: "branch",
        defaultBranch: true,
        url: "https://ci.example.com/runs/1",
        state: "finished",
        result: "success",
        finishedAt: at(160),
        durationSeconds: 60,
        attempt: 2,
        restarts: 1,
        recovered: true,
        firstSeenAt: now,
        updatedAt: now,
      });
      expect(
        found?.jobs.map(({ nativeId, result, durationSeconds }) => [nativeId, result, durationSeconds]),
      ).to.deep.equal([
        ["11", "failure", 8],
        ["12", "success", 8],
      ]);
      expect(found?.completions.map(({ result, finishedAt }) => [result, finishedAt])).to.deep.equal([
        ["failure", at(60)],
        ["success", at(160)],
      ]);
      expect(bare?.run).to.include({ state: null, result: null, defaultBranch: true });
      expect(bare?.completions).to.deep.equal([]);
      expect(await store.read("run", { id: 3 })).to.equal(undefined);
    });
  });
}
