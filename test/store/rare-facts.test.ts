import { expect } from "chai";
import { toFolded } from "../../src/core/merge.ts";
import type { JobFacts } from "../../src/core/model.ts";
import { jobDetailFields, rareJobFactColumns } from "../../src/core/store/db/job-columns.ts";
import { hasRareFacts } from "../../src/core/store/db/rows.ts";
import { databasesAndPartitions, sandbox } from "../support/database/databases.ts";
import { at, mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { rows, toEntries } from "../support/database/tables.ts";

for (const database of databasesAndPartitions) {
  describe(`facts that few jobs have: ${database.name}`, () => {
    const box = sandbox(database);

    it("are kept when later deliveries do not state them, and are read with the run", async () => {
      const store = await box.store();
      const deploys = ofJob("11", "deploy", "executing", {
        clock: 20,
        queued: 15,
        facts: {
          runnerClass: "docker,linux",
          environment: "production",
          gate: "manual",
          gatedAt: at(5),
          steps: [["helm upgrade", 3.5]],
        },
      });
      const check = ofJob("12", "check", "failure", { clock: 30, facts: { runnerClass: "gpu" } });
      const later = mentioning("1", [
        ofJob("11", "deploy", "success", { clock: 40, queued: 15 }),
        ofJob("12", "check", "failure", { clock: 30, facts: { failedStep: "npm test", exitCode: 137 } }),
      ]);
      const facts = { change: "7", committedAt: at(-60), startedBy: "bot", graph: '{"deploy":["check"]}' } as const;

      for (const entry of toEntries([ofRun("1", "executing", { clock: 20, jobs: [deploys, check], facts }), later]))
        await store.record([entry]);

      const [{ id } = { id: 0 }] = await rows(store, "select id from runs");
      const found = await store.read("run", { id: Number(id) });
      expect(found?.run).to.include({ change: "7", committedAt: at(-60), startedBy: "bot", restartedBy: null });
      expect(found?.graph).to.equal('{"deploy":["check"]}');
      const jobs = new Map(found?.jobs.map((job) => [job.nativeId, job]));
      expect(jobs.get("11")).to.deep.include({
        result: "success",
        runnerClass: "docker,linux",
        environment: "production",
        gate: "manual",
        gatedAt: at(5),
        gateOpenedAt: null,
        queuedAt: at(15),
        detail: { steps: [["helm upgrade", 3.5]] },
      });
      expect(jobs.get("12")).to.deep.include({
        runnerClass: "gpu",
        environment: null,
        gate: null,
        detail: { failedStep: "npm test", exitCode: 137 },
      });
    });
  });
}

describe("hasRareFacts", () => {
  const { folded, taskType } = {
    folded: toFolded<JobFacts>(ofJob("1", "check", "success", { clock: 1 })),
    taskType: null,
  };
  const withFacts = (facts: object) => ({ folded: { ...folded, facts: { ...folded.facts, ...facts } }, taskType });

  it("finds each fact that few jobs have, also where it is stated to be absent", () => {
    for (const field of [...Object.keys(rareJobFactColumns), ...Object.keys(jobDetailFields)]) {
      expect(hasRareFacts(withFacts({ [field]: null })), field).to.equal(true);
      expect(hasRareFacts(withFacts({ [field]: undefined })), field).to.equal(false);
    }
  });
});
