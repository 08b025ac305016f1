import { expect } from "chai";
import { join } from "node:path";
import { openStore } from "../../src/core/store/index.ts";
import { noLog, now } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { ofRun } from "../support/model/observations.ts";
import { runProgram } from "../support/server/program.ts";
import { toEntries } from "../support/database/tables.ts";

describe("retire", function () {
  this.timeout(60_000);
  const folder = freshFolder();

  it("says what it would do, does it, and ends with 1 where there is nothing to do", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;
    const store = await openStore({ url, log: noLog, clock: () => now, seriesMax: 100 });
    await store.record(toEntries([ofRun("1", "success", { clock: 70, started: 10 })]));
    await store.close();
    const retire = (...flags: string[]) => runProgram(["retire", "--database-url", url, ...flags]);
    const lines = [
      "cicd_pipeline_run_restarts_total: 1 series",
      "cicd_pipeline_runs_recovered_total: 1 series",
      "cicd_pipeline_runs_total: 6 series",
      "cicd_pipeline_run_duration_seconds: 1 series",
    ];

    const tried = await retire("--project", "shop/cart", "--dry-run");
    const done = await retire("--project", "shop/cart", "--provider", "gitlab");
    const again = await retire("--project", "shop/cart");
    const unsaid = await retire();

    expect(tried).to.include({ code: 0, stderr: "" });
    expect(tried.stdout.split("\n")).to.include.members([
      ...lines,
      "nothing was changed: without --dry-run they are retired",
    ]);
    expect(done).to.include({ code: 0, stderr: "" });
    expect(done.stdout.split("\n")).to.include.members([...lines, "9 series were retired"]);
    expect(again).to.deep.include({ code: 1, stdout: 'no series has the project "shop/cart"\n' });
    expect(unsaid.code).to.equal(2);
    expect(unsaid.stderr).to.match(/--project: give the label `project` of the series to retire/);
  });
});
