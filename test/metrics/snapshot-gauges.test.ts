import { expect } from "chai";
import type { ActiveRow, LedgerSnapshot } from "../../src/core/snapshot.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { counterRow, emptySnapshot, moment, namedMetrics } from "./snapshots.ts";
import { cutLabel } from "../../src/core/series.ts";

/** The values of one gauge by its label values, joined. */
function gauge(snapshot: Partial<LedgerSnapshot>, name: string): Record<string, number> {
  const families = parseExposition([...renderLedger({ ...emptySnapshot, ...snapshot }, "text")].join(""), "text");
  const samples = families.get(name)?.samples ?? [];
  return Object.fromEntries(samples.map(({ labels, value }) => [[...labels.values()].join(" "), value]));
}

const runs = (project: string, branch: string, result: string, at: number | null) =>
  counterRow("runs", ["gitlab", project, "main", branch, result], at === null ? 0 : 1, {
    exemplar: at === null ? null : { run: "1", url: null, at, seconds: null },
  });

const active = (project: string, count: number, state: ActiveRow["state"] = "executing") => ({
  provider: "gitlab",
  project,
  pipeline: "main",
  state,
  count,
});

describe("gauges of a snapshot", () => {
  it("shows every known pipeline as idle when nothing runs", () => {
    const rollups = [runs("shop", "true", "success", moment), runs("shop", "false", "failure", null)];

    expect(gauge({ rollups }, "cicd_pipeline_run_active")).to.deep.equal({
      "gitlab shop main pending": 0,
      "gitlab shop main blocked": 0,
      "gitlab shop main executing": 0,
      "gitlab shop main stale": 0,
    });
  });

  it("counts active runs by state", () => {
    const rollups = [runs("shop", "true", "success", null)];

    expect(
      gauge(
        {
          rollups,
          active: [
            active("shop", 2),
            active("shop", 1, "pending"),
            active("shop", 3, "blocked"),
            active("shop", 4, "stale"),
            active("shop", 1, "stale"),
          ],
        },
        "cicd_pipeline_run_active",
      ),
    ).to.deep.equal({
      "gitlab shop main pending": 1,
      "gitlab shop main blocked": 3,
      "gitlab shop main executing": 2,
      "gitlab shop main stale": 5,
    });
  });

  it("finds the pipeline of an active run whose long name is stored cut", () => {
    const long = `acme/${"x".repeat(200)}`;

    expect(
      gauge(
        { rollups: [runs(cutLabel(long), "true", "success", null)], active: [active(long, 1)] },
        "cicd_pipeline_run_active",
      ),
    ).to.deep.equal({
      [`gitlab ${cutLabel(long)} main pending`]: 0,
      [`gitlab ${cutLabel(long)} main blocked`]: 0,
      [`gitlab ${cutLabel(long)} main executing`]: 1,
      [`gitlab ${cutLabel(long)} main stale`]: 0,
    });
  });

  it("cannot be made to show more pipelines than are stored", () => {
    const flood = Array.from({ length: 5000 }, (_, i) => active(`project-${i}`, 1));

    expect(
      gauge({ rollups: [runs("shop", "true", "success", null)], active: flood }, "cicd_pipeline_run_active"),
    ).to.deep.equal({
      "gitlab shop main pending": 0,
      "gitlab shop main blocked": 0,
      "gitlab shop main executing": 0,
      "gitlab shop main stale": 0,
      "gitlab __other__ __other__ pending": 0,
      "gitlab __other__ __other__ blocked": 0,
      "gitlab __other__ __other__ executing": 5000,
      "gitlab __other__ __other__ stale": 0,
    });
  });

  it("shows within its project what the project has no room for", () => {
    const [first] = runs("shop", "true", "success", null).labels;
    const folded = {
      ...runs("shop", "true", "success", null),
      labels: [first ?? "", "shop", "__other__", "true", "success"],
    };

    expect(
      gauge({ rollups: [folded], active: [active("shop", 3), active("else", 2)] }, "cicd_pipeline_run_active"),
    ).to.include({ "gitlab shop __other__ executing": 3, "gitlab __other__ __other__ executing": 2 });
  });

  it("tells the latest completion of a pipeline and result, on whichever branch", () => {
    const rollups = [
      runs("shop", "false", "success", moment + 2000),
      runs("shop", "true", "success", moment),
      runs("shop", "true", "failure", null),
    ];

    expect(gauge({ rollups }, "cicd_pipeline_last_completion_timestamp_seconds")).to.deep.equal({
      "gitlab shop main success": (moment + 2000) / 1000,
    });
  });

  it("shows a source that delivered without dead letters as 0", () => {
    const snapshot = {
      lastDeliveries: [{ source: "gitlab", at: moment }],
      deadLetters: [{ source: "tekton", count: 3 }],
    };

    expect(gauge(snapshot, "pipegauge_dead_letters")).to.deep.equal({ gitlab: 0, tekton: 3 });
    expect(gauge(snapshot, "pipegauge_last_delivery_timestamp_seconds")).to.deep.equal({ gitlab: moment / 1000 });
  });

  it("counts stored series per metric, from 0", () => {
    const stored = gauge({ rollups: [runs("shop", "true", "success", null)] }, "pipegauge_rollup_series");

    expect(stored["cicd_pipeline_runs_total"]).to.equal(1);
    expect(stored["cicd_job_runs_total"]).to.equal(0);
    expect(Object.keys(stored)).to.have.length(namedMetrics.length);
  });
});
