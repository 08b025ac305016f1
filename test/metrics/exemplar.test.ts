import { expect } from "chai";
import { joinExposition, renderLedger } from "../../src/metrics/exposition.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import type { Exemplar } from "../support/exposition/rules.ts";
import { counterRow, emptySnapshot, histogramRow, moment } from "./snapshots.ts";

const shop = ["gitlab", "acme/shop", "acme/shop"];

/** The exemplar that a counter shows for this run and link. */
function shown(run: string, url: string | null): Exemplar | undefined {
  const row = counterRow("restarts", shop, 1, { exemplar: { run, url, at: moment, seconds: null } });
  const text = [
    ...joinExposition(renderLedger({ ...emptySnapshot, rollups: [row] }, "openmetrics"), "openmetrics"),
  ].join("");
  return parseExposition(text, "openmetrics").get("cicd_pipeline_run_restarts")?.samples[0]?.exemplar;
}

function labels(exemplar: Exemplar | undefined): Record<string, string> | undefined {
  return exemplar === undefined ? undefined : Object.fromEntries(exemplar.labels);
}

/** A link of exactly so many characters. */
const link = (length: number) => "https://ci.example.com/".padEnd(length, "é");

describe("exemplars", () => {
  it("name the run, link to it, and tell when", () => {
    expect(shown("4711", "https://ci.example.com/4711")).to.deep.equal({
      labels: new Map([
        ["run_id", "4711"],
        ["run_url", "https://ci.example.com/4711"],
      ]),
      value: 1,
      timestamp: moment / 1000,
    });
  });

  it("keep the link up to 128 characters of names and values", () => {
    const room = 128 - "run_id".length - "4711".length - "run_url".length;

    expect(labels(shown("4711", link(room)))).to.deep.equal({ run_id: "4711", run_url: link(room) });
    expect(labels(shown("4711", link(room + 1)))).to.deep.equal({ run_id: "4711" });
  });

  it("count characters, not code units", () => {
    expect(labels(shown("😀".repeat(122), null))).to.deep.equal({ run_id: "😀".repeat(122) });
  });

  it("are left out when the run's id alone is too long, because half an id finds no run", () => {
    expect(labels(shown("x".repeat(122), link(30)))).to.deep.equal({ run_id: "x".repeat(122) });
    expect(shown("x".repeat(123), link(30))).to.equal(undefined);
  });

  it("link to web addresses only", () => {
    for (const url of ["javascript:alert(1)", " https://ci.example.com", "//ci.example.com", "data:text/html,x", ""]) {
      expect(labels(shown("7", url)), url).to.deep.equal({ run_id: "7" });
    }
  });

  it("stand on the one bucket that their seconds fall into", () => {
    for (const [seconds, le] of [
      [0, "1.0"],
      [1, "1.0"],
      [1.001, "5.0"],
      [86_400, "86400.0"],
      [86_400.001, "+Inf"],
    ] as const) {
      const row = histogramRow("runQueue", shop, [30, seconds], {
        exemplar: { run: "7", url: null, at: moment, seconds },
      });
      const text = [
        ...joinExposition(renderLedger({ ...emptySnapshot, rollups: [row] }, "openmetrics"), "openmetrics"),
      ].join("");
      const family = parseExposition(text, "openmetrics").get("cicd_pipeline_run_queue_seconds");
      const linked = family?.samples.filter((sample) => sample.exemplar !== undefined) ?? [];

      expect(linked.map((sample) => [sample.labels.get("le"), sample.exemplar?.value])).to.deep.equal([[le, seconds]]);
    }
  });

  it("do not exist in the text format", () => {
    const row = counterRow("restarts", shop, 1, { exemplar: { run: "7", url: null, at: moment, seconds: null } });

    expect([...renderLedger({ ...emptySnapshot, rollups: [row] }, "text")].join("")).to.not.contain("run_id");
  });
});
