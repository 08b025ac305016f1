import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { durationBuckets } from "../../src/core/stored-metrics.ts";
import { metricDefinitions, receivedOutcomes } from "../../src/metrics/definitions.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

/** The rows of all tables whose first cell is one metric's name: name, type, labels. */
function documented(): { name: string; type: string; labels: string[] }[] {
  return page.split("\n").flatMap((line) => {
    const [, name = "", type = "", labels = ""] =
      /^\| `((?:cicd|pipegauge|server)_[^`]+)` \| ([a-z]+) \| ([^|]+) \|/.exec(line) ?? [];
    return name === ""
      ? []
      : [{ name, type, labels: [...labels.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "") }];
  });
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

describe("docs/metrics.md", () => {
  it("names exactly the metrics that are defined, with their types and labels", () => {
    const defined = metricDefinitions.map(({ name, type, labels }) => ({ name, type, labels: [...labels] }));

    expect(documented().toSorted(byName)).to.deep.equal(defined.toSorted(byName));
  });

  it("uses no metric in its text and queries that is not defined", () => {
    const exposed = new Set(
      metricDefinitions.flatMap(({ name, type }) => (type === "histogram" ? [name, `${name}_bucket`] : [name])),
    );
    const used = [...page.matchAll(/\b(?:cicd_(?:pipeline|job)|pipegauge|server)_[a-z_]*[a-z]\b/g)].map(
      ([name]) => name,
    );

    expect(used.length).to.be.greaterThan(metricDefinitions.length);
    expect(used.filter((name) => !exposed.has(name))).to.deep.equal([]);
  });

  it("lists every outcome and every bucket", () => {
    for (const outcome of receivedOutcomes) expect(page).to.contain(`\`${outcome}\``);
    const units: Record<string, number> = { s: 1, min: 60, h: 3600 };
    const [, list = ""] = /\*\*Buckets\.\*\* ([^.]+)\./.exec(page) ?? [];
    const bounds = list.split(", ").map((text) => {
      const [amount = "", unit = ""] = text.split(" ");
      return Number(amount) * (units[unit] ?? NaN);
    });

    expect(bounds).to.deep.equal([...durationBuckets]);
  });
});
