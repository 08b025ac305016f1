import { expect } from "chai";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { mentioning, ofJob } from "../support/model/observations.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";

/** A run with a job on a runner with these labels. */
function onRunner(run: string, runnerClass: string | null) {
  return mentioning(run, [ofJob(`${run}1`, "check", "success", { clock: 10, facts: { runnerClass } })]);
}

async function readClasses(store: TestStore): Promise<unknown[]> {
  return (await rows(store, "select runner_class from jobs order by native_id")).map((row) => row["runner_class"]);
}

for (const database of databasesAndPartitions) {
  describe(`store, classes of runners: ${database.name}`, () => {
    const box = sandbox(database);

    it("are those of the rules, and keep what differs from pod to pod out", async () => {
      const runnerRules = [{ name: "gpu", labels: ["gpu-*"] }];
      const store = await box.store({ runnerRules });

      await store.record(
        toEntries([
          onRunner("1", "gpu-a100,linux"),
          onRunner("2", "arc-x7k2p"),
          onRunner("3", null),
          onRunner("4", "arc-q9wzt"),
        ]),
      );

      expect(await readClasses(store)).to.deep.equal(["gpu", "arc-*", null, "arc-*"]);
      expect(await rows(store, "select name, first_seen_at from runner_classes order by name")).to.deep.equal([
        { name: "arc-*", first_seen_at: now },
        { name: "gpu", first_seen_at: now },
      ]);
    });

    it("are 200 at most, on two servers together, and the same when a delivery comes again", async () => {
      const url = await box.url();
      const servers = [await box.store({ url }), await box.store({ url })] as const;
      const all = Array.from({ length: 260 }, (_, i) => onRunner(String(1000 + i), `pool-${i}`));

      for (const [i, observation] of all.entries()) await servers[i % 2 === 0 ? 0 : 1].record(toEntries([observation]));

      const classes = await readClasses(servers[0]);
      expect(classes.slice(0, 200)).to.deep.equal(Array.from({ length: 200 }, (_, i) => `pool-${i}`));
      expect(new Set(classes.slice(200))).to.deep.equal(new Set(["__other__"]));
      for (const server of servers) await server.record(toEntries(all.toReversed()));
      const restarted = await box.store({ url });
      await restarted.record(toEntries(all));
      expect(await readClasses(restarted)).to.deep.equal(classes);
      expect(await rows(restarted, "select name from runner_classes")).to.have.length(200);
    });

    it("are forgotten when the transaction that added them fails", async () => {
      const store = await box.store();
      const broken = { ...onRunner("1", "docker"), run: null } as unknown as ReturnType<typeof onRunner>;

      let failed = false;
      await store.record(toEntries([broken])).catch(() => (failed = true));
      await store.record(toEntries([onRunner("2", "docker")]));

      expect(failed).to.equal(true);
      expect(await rows(store, "select name from runner_classes")).to.deep.equal([{ name: "docker" }]);
    });
  });
}
