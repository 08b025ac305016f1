import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { joinExposition, renderLedger, renderUnavailable } from "../../src/metrics/exposition.ts";
import type { Format } from "../../src/metrics/format.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { counterRow, emptySnapshot, histogramRow, smallSnapshot } from "./snapshots.ts";

const update = process.env["UPDATE_GOLDEN"] === "1" && process.env["CI"] !== "true";
const formats: readonly Format[] = ["text", "openmetrics"];

describe("ledger exposition: whole texts", () => {
  for (const format of formats) {
    it(`writes a small ledger as ${format}`, () => {
      const text = [...joinExposition(renderLedger(smallSnapshot, format), format)].join("");

      const golden = join(import.meta.dirname, "testdata", `ledger.${format}`);
      if (update) writeFileSync(golden, text);
      expect(text).to.equal(readFileSync(golden, "utf8"));
    });

    it(`writes the small ledger as valid ${format}`, () => {
      const text = [...joinExposition(renderLedger(smallSnapshot, format), format)].join("");

      expect(parseExposition(text, format).size).to.equal(13);
    });
  }

  it("shows no family without series, but that the ledger was read", () => {
    const families = parseExposition([...joinExposition(renderLedger(emptySnapshot, "text"), "text")].join(""), "text");

    expect([...families.keys()]).to.deep.equal(["pipegauge_rollup_series", "pipegauge_collector_success"]);
    expect(families.get("pipegauge_collector_success")?.samples[0]?.value).to.equal(1);
  });

  it("shows nothing but the failure when the ledger cannot be read", () => {
    expect([...joinExposition([renderUnavailable("openmetrics")], "openmetrics")].join("")).to.equal(
      [
        "# TYPE pipegauge_collector_success gauge",
        "# HELP pipegauge_collector_success 1 if the run data of this scrape could be read from the database, 0 if they are left out.",
        "pipegauge_collector_success 0",
        "# EOF\n",
      ].join("\n"),
    );
  });

  it("writes megabytes of histograms, wide characters and huge labels among them, without losing a line", () => {
    const names = Array.from({ length: 1500 }, (_, i) => {
      if (i === 700) return `${"é".repeat(100_000)}${i}`;
      return i % 3 === 0 ? `über-😀-${i}` : `project-${i}`;
    });
    const rollups = names.map((name, i) =>
      histogramRow("runQueue", ["gitlab", name, "main"], Array<number>(i).fill(7)),
    );

    const text = [...joinExposition(renderLedger({ ...emptySnapshot, rollups }, "text"), "text")].join("");

    expect(text.length).to.be.greaterThan(3 << 20);
    const samples = parseExposition(text, "text").get("cicd_pipeline_run_queue_seconds")?.samples ?? [];
    const counts = samples.filter(({ name }) => name.endsWith("_count"));
    expect(samples).to.have.length(18 * names.length);
    expect(counts.map(({ labels, value }) => [labels.get("project"), value])).to.deep.equal(
      names.map((name, i) => [name, i]),
    );
  });

  it("keeps series apart whose labels are alike once they are joined", () => {
    const rollups = [
      counterRow("restarts", ["gitlab", "x,pipeline:y", "z"], 1),
      counterRow("restarts", ["gitlab", "x", "y,pipeline:z"], 2),
      counterRow("restarts", ["gitlab", 'x",pipeline="y', "z"], 3),
    ];

    const text = [...joinExposition(renderLedger({ ...emptySnapshot, rollups }, "text"), "text")].join("");

    const samples = parseExposition(text, "text").get("cicd_pipeline_run_restarts_total")?.samples ?? [];
    expect(samples.map(({ labels, value }) => [labels.get("project"), labels.get("pipeline"), value])).to.deep.equal([
      ["x,pipeline:y", "z", 1],
      ["x", "y,pipeline:z", 2],
      ['x",pipeline="y', "z", 3],
    ]);
  });
});
