import { expect } from "chai";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildFill } from "../../../bench/answer-ledger.ts";
import { dayMillis } from "../../../src/core/time.ts";
import { databases, sandbox } from "../../support/database/databases.ts";
import { rows } from "../../support/database/tables.ts";
import { freshFolder } from "../../support/folder.ts";
import { runProgram } from "../../support/server/program.ts";

const probe = fileURLToPath(new URL("../../support/server/peak-memory.cjs", import.meta.url));
const day = "2026-11-19";
const everyMillis = 5000;

/** What V8 may hold of old objects: four times as much as the export of a small ledger needs, and less than half of the large file. */
const heapMegabytes = 48;

for (const database of databases) {
  describe(`export, the memory that it takes: ${database.name}`, function () {
    this.timeout(240_000);
    const box = sandbox(database);
    const folder = freshFolder();

    /** Exports the jobs of one day with so many runs of twelve jobs, and returns the size of the file and the peak of the process in kB. */
    async function exportDay(runs: number) {
      const url = await box.url();
      const store = await box.store({ url });
      const origin = Date.parse(day);
      expect(runs * everyMillis, "all runs are on one day").to.be.below(dayMillis);
      for (const sql of buildFill({ runs, origin, everyMillis }, 1, runs + 1)) await rows(store, sql);
      await store.close();
      const out = join(folder(), String(runs));
      const flags = ["--format", "jsonl", "--what", "jobs", "--since", day, "--until", "2026-11-20"];
      const options = `--max-old-space-size=${heapMegabytes} --require ${probe}`;
      const ended = await runProgram(["export", ...flags, "--database-url", url, "--out", out], {
        NODE_OPTIONS: options,
      });
      expect(ended.code, ended.stderr).to.equal(0);
      const [, peak] = /^peak (\d+)$/m.exec(ended.stderr) ?? [];
      return { bytes: statSync(join(out, "jobs", `day=${day}`, "jobs.jsonl")).size, kilobytes: Number(peak) };
    }

    it("does not grow with the rows of a day", async () => {
      const small = await exportDay(600);
      const large = await exportDay(12_000);

      // Rows that were collected, as objects, as texts or as bytes, would take at least as much as the file.
      expect(large.bytes).to.be.above(2 * heapMegabytes * 2 ** 20);
      expect(small.kilobytes).to.be.above(0);
      expect(large.kilobytes - small.kilobytes, "more than for a twentieth of the rows, kB").to.be.below(40_000);
    });
  });
}
