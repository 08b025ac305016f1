import { expect } from "chai";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import { catchFailure } from "../support/failures.ts";
import { makeJobs } from "../support/model/made-jobs.ts";
import { dawn } from "../support/model/observations.ts";

const day = 86_400_000;
const everything = { since: dawn - 50 * day, until: now + day, runs: {}, jobs: {} };

for (const database of databases) {
  describe(`reading a summary of jobs of many runs: ${database.name}`, () => {
    const box = sandbox(database);

    it("refuses what the day cube does not hold, and reads each job while the cube is not filled", async () => {
      const store = await box.store();
      const { observations, jobs } = makeJobs(11, 60);
      await store.record(toEntries(observations));
      const query = { ...everything, exactMax: 10, rowsMax: 20 };

      for (const asked of [
        { by: ["runner_class"] },
        { by: ["hour"] },
        { by: ["stage"], runs: { defaultBranch: true } },
        { by: ["stage"], jobs: { runnerClass: "gpu" } },
      ] as const) {
        const error = await catchFailure(store.read("jobSummary", { ...query, ...asked }));
        expect(error.message).to.match(/^more than 20 runs in the span: choose a shorter one/);
      }
      await rows(store, "delete from day_times_fills");
      const found = await store.read("jobSummary", { ...query, by: ["stage"] });
      expect([found.exact, found.jobs]).to.deep.equal([true, jobs.length]);
    });

    it("reads each job where the day cube cannot answer, of more runs than where it can", async () => {
      const store = await box.store();
      const { observations, jobs } = makeJobs(12, 60);
      await store.record(toEntries(observations));

      const found = await store.read("jobSummary", { ...everything, exactMax: 10, by: ["runner_class"] });

      expect([found.exact, found.jobs]).to.deep.equal([true, jobs.length]);
    });

    it("counts only runs that the span and the filter are about before it leaves out reading each job", async () => {
      let clock = now - 40 * day;
      const store = await box.store({ clock: () => clock });
      const { observations, jobs } = makeJobs(13, 60);
      const inOrder = observations.toSorted((a, b) => (a.facts.finishedAt ?? 0) - (b.facts.finishedAt ?? 0));
      for (const observation of inOrder) {
        clock = Math.max(clock, observation.facts.finishedAt ?? 0);
        await store.record(toEntries([observation]));
      }
      const until = (inOrder[4]?.facts.finishedAt ?? 0) + 1;
      const asked = { ...everything, until, exactMax: 20, rowsMax: 20 };
      const own = jobs.filter(({ finishedAt }) => finishedAt < until);
      expect(own).to.not.be.empty;

      for (const by of [["stage"], ["runner_class"]] as const) {
        const found = await store.read("jobSummary", { ...asked, by });
        expect([found.exact, found.jobs]).to.deep.equal([true, own.length]);
      }
      const whole = { ...everything, exactMax: 20, rowsMax: 20 };
      const few = await store.read("jobSummary", { ...whole, by: ["hour"], runs: { source: "nowhere" } });
      expect([few.exact, few.jobs]).to.deep.equal([true, 0]);
      const error = await catchFailure(store.read("jobSummary", { ...whole, by: ["hour"] }));
      expect(error.message).to.match(/^more than 20 runs in the span/);
    });
  });
}
