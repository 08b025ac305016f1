import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { joinExposition, renderLedger, renderUnavailable } from "../../src/metrics/exposition.ts";
import { renderLegacy } from "../../src/metrics/legacy.ts";
import { requireTool } from "../support/tools.ts";
import { anySnapshot } from "./arbitrary.ts";
import { counterRow, everyMetric, histogramRow } from "./snapshots.ts";
import { idleProcessMetrics } from "../support/exposition/process-metrics.ts";

/** `promtool check metrics`: parses the text format as Prometheus' own library does, then lints names and help texts. */
function check(promtool: string, text: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

const clean = { status: 0, output: "" };
/** The one remark that stands: the older tool's dashboards know the counter by this name. */
const expectedWarning = { status: 3, output: 'ci_total_jobs_usage counter metrics should have "_total" suffix\n' };

describe("promtool check metrics", () => {
  let promtool = "";

  before(function () {
    promtool = requireTool.call(this, "promtool");
  });

  it("has nothing to say about any of our metrics", async () => {
    const metrics = idleProcessMetrics();
    metrics.countDelivery("gitlab", "accepted", 0.01);
    metrics.countResponse(202);

    const text = [...joinExposition([...renderLedger(everyMetric, "text"), await metrics.render("text")], "text")].join(
      "",
    );

    expect(check(promtool, text)).to.deep.equal(clean);
  });

  it("remarks on nothing of the older tools but the one name that is theirs to choose", () => {
    const rows = [
      counterRow("templateUses", ["dotnet_build", "p", "success"], 1),
      { ...histogramRow("templateDuration", ["dotnet_build", "success"], []), buckets: [0, 3, 0, 0, 0, 0, 0] },
      counterRow("runCounter", ["car_factory", "success"], 1),
      counterRow("templateJobs", ["success"], 1),
    ];

    expect(check(promtool, renderLegacy(rows, "text"))).to.deep.equal(expectedWarning);
    expect(check(promtool, renderLegacy(rows.slice(0, 3), "text"))).to.deep.equal(clean);
  });

  it("has nothing to say when the database cannot be read", () => {
    expect(check(promtool, renderUnavailable("text"))).to.deep.equal(clean);
  });

  it("finds no problem for any labels", () => {
    for (const snapshot of fc.sample(anySnapshot, 25)) {
      expect(check(promtool, [...renderLedger(snapshot, "text")].join(""))).to.deep.equal(clean);
    }
  });

  it("would notice a fault", () => {
    expect(check(promtool, "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n")).to.not.deep.equal(clean);
    expect(check(promtool, '# HELP a x\n# TYPE a gauge\na{b="\u0000"} 1\na{b="\\t"} 1\n').status).to.not.equal(0);
  });
});
