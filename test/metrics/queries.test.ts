import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerSnapshot, RollupRow } from "../../src/core/snapshot.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import type { Sample } from "../support/exposition/rules.ts";
import { requireTool } from "../support/tools.ts";
import { counterRow, emptySnapshot, histogramRow } from "./snapshots.ts";
import { listInitialSeries, joinLabels, type FirstSeen, toSeriesKey, splitLabels } from "../../src/core/series.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

/** Each query of the page by the sentence above it. */
const queries = [...page.matchAll(/\n([^\n]+):\n\n```promql\n([^`]+)```/g)].map(([, sentence = "", query = ""]) => ({
  sentence,
  query,
}));

const shop = ["gitlab", "shop", "main"];
const job = [...shop, "test", "rspec", "test"];
const seen: readonly FirstSeen[] = [
  { what: "pipeline", labels: joinLabels(...shop, "true") },
  { what: "pipeline", labels: joinLabels(...shop, "false") },
  { what: "job", labels: joinLabels(...job) },
];
/** As the core has them from the first delivery on: all at 0. */
const initial = [
  ...new Map(seen.flatMap(listInitialSeries).map((series) => [toSeriesKey(series), series])).values(),
].map(({ metric, labels }) => counterRow(metric, splitLabels(labels), 0));

const hour = 3_600_000;
const ended = (at: number) => ({ exemplar: { run: "1", url: null, at, seconds: null } });
const elsewhere = counterRow("runs", ["jenkins", "docs", "main", "true", "success"], 4, ended(hour));

/** One push more often a child than a run of its own. */
const child = (count: number) => counterRow("runs", ["gitlab", "shop", "main ▸ child", "false", "skip"], count);

/** Ten minutes of work, in milliseconds as they are stored. */
const worked = (millis: number) => counterRow("jobSeconds", [...shop, "ubuntu-latest", "useful"], millis);

/** Seen, but nothing has ended: two days up to the last half hour. */
const before: LedgerSnapshot = {
  ...emptySnapshot,
  rollups: [
    ...initial,
    elsewhere,
    child(0),
    worked(0),
    histogramRow("runDuration", [...shop, "true", "success"], [7]),
    histogramRow("jobQueue", job, [7]),
  ],
  lastDeliveries: [
    { source: "gitlab", at: 40 * hour },
    { source: "jenkins", at: hour },
  ],
};

/** Three successes and the first failure on the default branch, one failure elsewhere, one run recovered. */
const after: LedgerSnapshot = {
  ...before,
  rollups: [
    ...initial.map(happened),
    elsewhere,
    child(9),
    worked(600_000),
    histogramRow("runDuration", [...shop, "true", "success"], [7, ...Array<number>(10).fill(90)]),
    histogramRow("jobQueue", job, [7, ...Array<number>(10).fill(3)]),
  ],
};

function happened(row: RollupRow): RollupRow {
  const name = [row.metric, ...row.labels.slice(3)].join(" ");
  const counts: Record<string, number> = {
    "runs true success": 3,
    "runs true failure": 1,
    "runs false failure": 1,
    recovered: 1,
    "jobRetries test rspec test": 2,
  };
  const count = counts[name];
  return count === undefined ? row : { ...row, count, ...ended(47 * hour) };
}

/** The start of each sentence: what the query must say at the end of the second day, rounded to `to`. */
const expected: Record<string, { to: number; samples: Record<string, number> }> = {
  "Runs of a day": { to: 1, samples: { '{project="shop"}': 5, '{project="docs"}': 0 } },
  "What jobs cost": { to: 0.001, samples: { '{project="shop"}': 0.06 } },
  "Success rate": { to: 0.001, samples: { '{project="shop", pipeline="main"}': 0.75 } },
  "95th percentile": { to: 0.001, samples: { '{project="shop", pipeline="main"}': 117 } },
  "90th percentile": { to: 0.001, samples: { '{project="shop"}': 4.6 } },
  "Flake rate": { to: 0.001, samples: { '{project="shop", pipeline="main"}': 0.5 } },
  "Failures on": { to: 1, samples: { '{project="shop", pipeline="main"}': 1 } },
  "Pipelines whose": { to: 1, samples: { '{project="docs", pipeline="main"}': 47 * 3600 } },
  "Sources that": { to: 1, samples: { '{source="jenkins"}': 47 * 3600 } },
  "The jobs": { to: 1, samples: { '{project="shop", job_name="rspec"}': 2 } },
};

function readSamples(snapshot: LedgerSnapshot): Map<string, number> {
  const families = [...parseExposition([...renderLedger(snapshot, "text")].join(""), "text").values()];
  return new Map(families.flatMap((family) => family.samples).map((sample) => [toSeries(sample), sample.value]));
}

function toSeries({ name, labels }: Sample): string {
  return `${name}{${[...labels].map(([label, value]) => `${label}="${value}"`).join(",")}}`;
}

/** In the notation of `promtool test rules`: so many samples of one value, or none of them. */
function repeated(value: number | undefined, times: number): string {
  return value === undefined ? `_x${times}` : `${value}+0x${times - 1}`;
}

/** A scrape every ten minutes over two days; what happened shows in the last four. JSON is YAML. */
function unitTest(): string {
  const [early, late] = [readSamples(before), readSamples(after)];
  const series = [...late].map(([name, value]) => ({
    series: name,
    values: `${repeated(early.get(name), 285)} ${repeated(value, 4)}`,
  }));
  const promql = queries.map(({ sentence, query }) => {
    const [, wanted] = Object.entries(expected).find(([start]) => sentence.startsWith(start)) ?? [];
    return {
      expr: `round((${query.trim()}), ${wanted?.to ?? 1})`,
      eval_time: "48h",
      exp_samples: Object.entries(wanted?.samples ?? {}).map(([labels, value]) => ({ labels, value })),
    };
  });
  return JSON.stringify({
    rule_files: [],
    tests: [{ interval: "10m", input_series: series, promql_expr_test: promql }],
  });
}

describe("queries of docs/metrics.md", () => {
  it("are all expected something of", () => {
    const starts = queries.map(({ sentence }) => Object.keys(expected).find((start) => sentence.startsWith(start)));

    expect(starts).to.have.members(Object.keys(expected));
  });

  it("answer rightly over our own exposition, a pipeline's first failure included", function () {
    const promtool = requireTool.call(this, "promtool");
    const folder = mkdtempSync(join(tmpdir(), "pipegauge-queries-"));
    const file = join(folder, "test.yml");
    writeFileSync(file, unitTest());

    const { status, stdout, stderr } = spawnSync(promtool, ["test", "rules", file], { encoding: "utf8" });

    rmSync(folder, { recursive: true });
    expect(status, stdout + stderr).to.equal(0);
  });
});
