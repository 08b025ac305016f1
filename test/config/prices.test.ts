import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/index.ts";
import { freshFolder } from "../support/folder.ts";

describe("prices in the configuration file", () => {
  const folder = freshFolder();

  function load(prices: string): Config {
    const file = join(folder(), "pipegauge.yaml");
    writeFileSync(file, `prices:${prices}\n`);
    const config = loadConfig({ env: {}, argv: ["--config", file] });
    config.close();
    return config;
  }

  it("hold from a day on, by runner class; rounding is to the second unless it is set", () => {
    const { prices } = load(`
      - { runnerClass: "ubuntu-*", from: 2025-01-01, perMinute: 0.008, rounding: minute_up }
      - { runnerClass: "ubuntu-*", from: "2026-01-01", perMinute: 0.006, rounding: minute_up }
      - { runnerClass: "*", from: 2025-01-01, perMinute: 0 }`);

    expect(prices).to.deep.equal([
      { runnerClass: "ubuntu-*", from: Date.UTC(2025, 0, 1), perMinute: 0.008, rounding: "minute_up" },
      { runnerClass: "ubuntu-*", from: Date.UTC(2026, 0, 1), perMinute: 0.006, rounding: "minute_up" },
      { runnerClass: "*", from: Date.UTC(2025, 0, 1), perMinute: 0, rounding: "second" },
    ]);
    expect(Object.isFrozen(prices)).to.equal(true);
  });

  const valid = "runnerClass: a, from: 2026-01-01, perMinute: 1";
  const cases: readonly (readonly [text: string, ...problems: string[]])[] = [
    [" {}", "prices must be a list"],
    [" [{}]", "prices[0] has no runnerClass", "prices[0] has no from", "prices[0] has no perMinute"],
    [" [{runnerClass: a, from: January, perMinute: 1}]", "prices[0].from must be a day, such as 2026-01-31"],
    [" [{runnerClass: a, from: 2026-02-30, perMinute: 1}]", "prices[0].from is a day that does not exist"],
    [" [{runnerClass: a, from: 2026-01-01, perMinute: '1'}]", "prices[0].perMinute must be a number"],
    [" [{runnerClass: a, from: 2026-01-01, perMinute: -1}]", "prices[0].perMinute must be >= 0"],
    [` [{${valid}, rounding: minute}]`, "prices[0].rounding must be one of second, minute_up"],
    [
      ` [{${valid}, currency: EUR}]`,
      'prices[0] has the unknown key "currency": allowed: runnerClass, from, perMinute, rounding',
    ],
    [
      ` [{${valid}}, {${valid}, rounding: minute_up}]`,
      "prices[1] has the runnerClass and the day of prices[0]: a class has one price a day",
    ],
  ];
  for (const [text, ...problems] of cases) {
    it(`are refused: ${text.trim()}`, () => {
      const file = join(folder(), "pipegauge.yaml");
      expect(() => load(text)).to.throw(problems.map((problem) => `${file}: ${problem}`).join("\n"));
    });
  }
});
