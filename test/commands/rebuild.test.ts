import { expect } from "chai";
import { join } from "node:path";
import { openTestStore } from "../support/database/test-store.ts";
import { noLog, now } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { ofRun } from "../support/model/observations.ts";
import { runProgram } from "../support/server/program.ts";
import { toEntries, rows } from "../support/database/tables.ts";

describe("rebuild", function () {
  this.timeout(60_000);
  const folder = freshFolder();

  it("--dry-run ends with 1 while something is missing; without it, it is added and the end is 0", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;
    const store = await openTestStore({ url, log: noLog, clock: () => now, seriesMax: 100 });
    await store.record(toEntries([ofRun("1", "success", { clock: 70, started: 10 })]));
    await rows(store, "update rollups set count = 0 where metric = 'runs'");
    await store.close();
    const rebuild = (...flags: string[]) => runProgram(["rebuild", "--database-url", url, ...flags]);
    const series =
      'cicd_pipeline_runs_total{provider="gitlab",project="shop/cart",pipeline="checkout",default_branch="true",result="success"}';

    const tried = await rebuild("--dry-run");
    const again = await rebuild("--dry-run");
    const repaired = await rebuild();
    const proven = await rebuild("--dry-run");

    expect(tried).to.include({ code: 1, stderr: "" });
    expect(tried.stdout.split("\n")).to.include.members([
      "cicd_pipeline_runs_total: 6 series, 1 too low, 1 missing",
      "cicd_pipeline_run_duration_seconds: 1 series, none too low",
      `  ${series}: 1 missing`,
      "nothing was changed: without --dry-run it is added",
    ]);
    expect(again).to.deep.equal(tried);
    expect(repaired).to.include({ code: 0, stderr: "" });
    expect(repaired.stdout).to.include("what was missing was added");
    expect(proven).to.include({ code: 0, stderr: "" });
    expect(proven.stdout.trimEnd().split("\n").at(-1)).to.equal("nothing is missing");
  });

  it("says that only the least can be known where stored runs do not account for all", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;
    const store = await openTestStore({ url, log: noLog, clock: () => now, seriesMax: 100 });
    await store.record(toEntries([ofRun("1", "success", { clock: 70, started: 10 })]));
    await rows(store, "delete from run_completions");
    await store.close();

    const { code, stdout } = await runProgram(["rebuild", "--database-url", url]);

    expect(code).to.equal(0);
    expect(stdout).to.include("cicd_pipeline_runs_total: 6 series, none too low, 1 above what is proven");
    expect(stdout).to.include("They are at least as high as the stored runs prove");
  });
});
