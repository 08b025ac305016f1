import { expect } from "chai";
import * as fc from "fast-check";
import { joinExposition, renderLedger } from "../../src/metrics/exposition.ts";
import { parseRunCounterName, parseTemplateName } from "../../src/metrics/legacy-names.ts";
import { renderLegacy } from "../../src/metrics/legacy.ts";
import type { LedgerSnapshot, RollupRow } from "../../src/core/snapshot.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { hostileText } from "./arbitrary.ts";
import { counterRow, everyMetric, histogramRow, moment } from "./snapshots.ts";

const uses = (name: string, project: string, status: string, count = 1) =>
  counterRow("templateUses", [name, project, status], count);
const took = (name: string, status: string, count = 1): RollupRow => {
  const row = histogramRow("templateDuration", [name, status], []);
  return { ...row, count, sum: 90 * count, buckets: row.buckets.map((_, i) => (i === 1 ? count : 0)) };
};
const runs = (name: string, result: string, count = 1, createdAt = moment) =>
  counterRow("runCounter", [name, result], count, { createdAt });

function beside(rows: readonly RollupRow[]): LedgerSnapshot {
  return { ...everyMetric, rollups: [...everyMetric.rollups, ...rows] };
}

const formats = ["text", "openmetrics"] as const;

describe("metrics of the older tools", () => {
  it("are not there before anything was counted", () => {
    for (const format of formats) expect(renderLegacy(everyMetric.rollups, format)).to.equal("");
  });

  it("have one start, that of their first status", () => {
    const text = renderLegacy([runs("a", "failure", 2, 2000), runs("a", "success", 1, 1000)], "openmetrics");

    expect(text).to.equal(
      [
        "# TYPE a_pipeline_run counter",
        "# HELP a_pipeline_run The total number of a pipeline runs.",
        'a_pipeline_run_total{status="success"} 1',
        'a_pipeline_run_created{status="success"} 1',
        'a_pipeline_run_total{status="failure"} 2',
        'a_pipeline_run_created{status="failure"} 1\n',
      ].join("\n"),
    );
  });

  it("are sorted by code units, in any order of the database", () => {
    const rows = [runs("b", "success"), runs("B", "success"), runs("a1", "success"), runs("a", "success")];

    const names = [...renderLegacy(rows, "text").matchAll(/^# TYPE (\w+)_pipeline/gm)].map(([, name]) => name);

    expect(names).to.deep.equal(["B", "a", "a1", "b"]);
  });

  it("write a template's histogram with the older tool's bounds", () => {
    expect(renderLegacy([took("dotnet_build", "success", 3)], "text")).to.equal(
      [
        "# HELP ci_dotnet_build_duration The duration of the dotnet build usage",
        "# TYPE ci_dotnet_build_duration histogram",
        'ci_dotnet_build_duration_bucket{status="success",le="60"} 0',
        'ci_dotnet_build_duration_bucket{status="success",le="120"} 3',
        'ci_dotnet_build_duration_bucket{status="success",le="300"} 3',
        'ci_dotnet_build_duration_bucket{status="success",le="600"} 3',
        'ci_dotnet_build_duration_bucket{status="success",le="900"} 3',
        'ci_dotnet_build_duration_bucket{status="success",le="1200"} 3',
        'ci_dotnet_build_duration_bucket{status="success",le="+Inf"} 3',
        'ci_dotnet_build_duration_sum{status="success"} 270',
        'ci_dotnet_build_duration_count{status="success"} 3\n',
      ].join("\n"),
    );
  });

  it("keep the older tool's bounds in OpenMetrics too, because its dashboards ask for them", () => {
    const text = renderLegacy([took("dotnet_build", "success", 3)], "openmetrics");

    const bounds = [...text.matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound);
    expect(bounds).to.deep.equal(["60", "120", "300", "600", "900", "1200", "+Inf"]);
  });

  it("keep the name ci_total_jobs_usage, under which OpenMetrics has no counter", () => {
    expect(renderLegacy([counterRow("templateJobs", ["success"], 4)], "text")).to.equal(
      [
        "# HELP ci_total_jobs_usage How many times the jobs were used",
        "# TYPE ci_total_jobs_usage counter",
        'ci_total_jobs_usage{status="success"} 4\n',
      ].join("\n"),
    );
    expect(renderLegacy([counterRow("templateJobs", ["success"], 4)], "openmetrics")).to.equal(
      [
        "# TYPE ci_total_jobs_usage unknown",
        "# HELP ci_total_jobs_usage How many times the jobs were used",
        'ci_total_jobs_usage{status="success"} 4\n',
      ].join("\n"),
    );
  });

  it("show what was folded for want of room under the names that it was sent with", () => {
    const text = renderLegacy([uses("go_build", "__other__", "__other__", 7)], "text");

    expect(text).to.contain('ci_go_build_total{project="__other__",status="__other__"} 7\n');
  });

  it("never break a scrape, with any content of a database", () => {
    const row = fc.oneof(
      fc.tuple(hostileText, fc.constantFrom("success", "failure", "x")).map(([name, result]) => runs(name, result)),
      fc.tuple(hostileText, hostileText, hostileText).map(([name, project, status]) => uses(name, project, status)),
      fc.tuple(hostileText, hostileText).map(([name, status]) => took(name, status)),
      hostileText.map((status) => counterRow("templateJobs", [status], 1)),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        for (const format of formats) {
          parseExposition([...joinExposition(renderLedger(beside(rows), format), format)].join(""), format);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Names that senders may take, close enough to each other and to ours to collide if they can. */
const words = [
  "a",
  "b",
  "ci",
  "a_b",
  "pipeline",
  "run",
  "total",
  "created",
  "duration",
  "count",
  "sum",
  "bucket",
  "jobs",
  "usage",
  "7",
  ":",
  "cicd",
  "server",
  "up",
];
const close = fc.array(fc.constantFrom(...words, ""), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("_"));

describe("names of the older tools' metrics", () => {
  it("make families that never collide, among themselves or with ours, in either format", () => {
    const sent = fc.record({
      pipelines: fc.array(close, { maxLength: 12 }),
      templates: fc.array(close, { maxLength: 12 }),
    });
    let taken = 0;
    fc.assert(
      fc.property(sent, ({ pipelines, templates }) => {
        const names = pipelines.map(parseRunCounterName).flatMap((named) => (named.ok ? [named.value] : []));
        const bases = templates.map(parseTemplateName).flatMap((named) => (named.ok ? [named.value] : []));
        taken += names.length + bases.length;
        const rows = [
          ...names.map((name) => runs(name, "success")),
          ...bases.flatMap((name) => [uses(name, "p", "success"), took(name, "success")]),
          counterRow("templateJobs", ["success"], 1),
        ];
        for (const format of formats) {
          const families = parseExposition(
            [...joinExposition(renderLedger(beside(rows), format), format)].join(""),
            format,
          );
          // Each name is there, and none twice.
          const wanted = new Set(names).size + 2 * new Set(bases).size;
          const ours = parseExposition(
            [...joinExposition(renderLedger(everyMetric, format), format)].join(""),
            format,
          ).size;
          expect(families.size).to.equal(wanted + ours + 1);
        }
      }),
      { numRuns: 300 },
    );
    expect(taken).to.be.greaterThan(1000);
  });

  it("take the first two parts of a template's name, and nothing of the rest", () => {
    const cut = ["dotnet_build", "dotnet_build_x_y", "helm", "helm_", "_build", "a__b", "pipeline_run"].map((given) => {
      const named = parseTemplateName(given);
      return named.ok ? named.value : null;
    });

    expect(cut).to.deep.equal(["dotnet_build", "dotnet_build", "helm", "helm_", "_build", "a_", null]);
  });

  it("leave ordinary names alone, also those near to ours", () => {
    for (const name of [
      "server",
      "server_requests_total",
      "ci_main",
      "x_count",
      "up",
      "go",
      "scrape",
      "total",
      "A:b",
    ]) {
      // What is itself one of our samples is refused; what only resembles one is not.
      expect(parseRunCounterName(name).ok, name).to.equal(name !== "server_requests_total");
    }
  });
});
