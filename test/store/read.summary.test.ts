import { expect } from "chai";
import type { SummaryQuery } from "../../src/core/store/read/types.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { dawn, ofRun, type Status } from "../support/model/observations.ts";
import { toEntries } from "../support/database/tables.ts";

const day = 86_400_000;
const since = dawn - 3 * day;
const everything: SummaryQuery = { by: ["project", "pipeline"], since, until: now + day, filter: {} };

for (const database of databasesAndPartitions) {
  describe(`reading a summary: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("counts restarts and recoveries once, where the run came to its latest result", async () => {
      const store = await box.store();
      const attempt = (run: string, status: Status, number: number, clock: number) =>
        ofRun(run, status, { clock, epoch: number, attempt: number });
      await store.record(
        toEntries([
          attempt("1", "failure", 1, -86_400),
          attempt("1", "failure", 2, -86_300),
          attempt("1", "success", 3, 0),
          attempt("2", "failure", 1, 10),
          attempt("3", "success", 1, 20),
          attempt("3", "executing", 2, 30),
        ]),
      );
      const [today, yesterday] = [Math.floor(dawn / day), Math.floor(dawn / day) - 1];

      const { groups } = await store.read("summary", { ...everything, by: ["day"] });

      const figures = groups.map((group) => [
        group.day,
        group.results.failure,
        group.results.success,
        group.restarts,
        group.recovered,
      ]);
      expect(figures).to.have.deep.members([
        [today, 1, 2, 3, 1],
        [yesterday, 2, 0, 0, 0],
      ]);
    });

    it("takes a run without project or pipeline for what it is", async () => {
      const store = await box.store();
      const { project: _, pipeline: __, ...facts } = ofRun("1", "success", { clock: 1 }).facts;
      await store.record(toEntries([{ ...ofRun("1", "success", { clock: 1 }), facts }]));

      const { groups } = await store.read("summary", everything);

      expect(groups.map(({ project, pipeline }) => [project, pipeline])).to.deep.equal([[null, null]]);
    });

    it("finds a run that was delivered long after it finished, and one with a finish in the future", async () => {
      const store = await box.store({ clock: () => now });
      const ahead = (now - dawn) / 1000 + 86_000;
      await store.record(
        toEntries([ofRun("1", "success", { clock: -86_400 * 300 }), ofRun("2", "success", { clock: ahead })]),
      );
      const between = async (from: number, to: number) =>
        (await store.read("summary", { ...everything, since: dawn + from * 1000, until: dawn + to * 1000 })).groups;

      expect(await between(-86_400 * 301, -86_400 * 299)).to.have.length(1);
      expect(await between(ahead, ahead + 1)).to.have.length(1);
      expect(await between(-86_400, 86_400)).to.have.length(0);
    });

    it("computes a bounded number of groups, those with the most runs, and says that there are more", async () => {
      const store = await box.store();
      const observations = Array.from({ length: 1101 }, (_, i) =>
        ofRun(String(i), "success", { clock: i, facts: { project: i < 1001 ? `p${i}` : "p7" } }),
      );
      for (let i = 0; i < observations.length; i += 200) await store.record(toEntries(observations.slice(i, i + 200)));

      const { groups, truncated } = await store.read("summary", everything);

      expect([groups.length, truncated]).to.deep.equal([1000, true]);
      expect(groups[0]).to.include({ project: "p7" });
      expect(groups[0]?.results.success).to.equal(101);
    });
  });
}
