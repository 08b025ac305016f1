import { expect } from "chai";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseExposition } from "../support/exposition/parser.ts";
import { freshFolder } from "../support/folder.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

/**
 * A substitute for the older wrapper's `./metrics`: the same command line (argparse with abbreviations, unknown words to
 * the exporter, metrics into `--output-filename`), and one exporter with an option of its own.
 */
const wrapper = `#!/usr/bin/env python3
import argparse, sys
parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--exporter", default=None)
parser.add_argument("--output-filename", default=None)
parser.add_argument("--no-print", action="store_true")
ours, theirs = parser.parse_known_args()
if ours.exporter != "switches":
    print("Exporter not found.")
    sys.exit(255)
exporter = argparse.ArgumentParser()
exporter.add_argument("--target", action="append", default=[])
target = exporter.parse_args(theirs).target or ["all"]
print("connecting ...")
with open(ours.output_filename, "w") as metrics:
    metrics.write("# HELP switch_up Whether it answers\\n# TYPE switch_up gauge\\n")
    for name in target:
        metrics.write('switch_up{target="%s"} 1.0\\n' % name)
`;

const config = `
exporters:
  - name: switches
    command: [./metrics, --exporter, switches, --output-filename, "{file}", "{arguments}"]
    arguments: [--target]
  - { name: missing, command: [./metrics, --exporter, missing, --output-filename, "{file}"] }
  - { name: dummy }
`;

describe("the older wrapper, unchanged behind GET /metrics/<exporter>", () => {
  const folder = freshFolder();
  let server: TestProcess;
  beforeEach(async function () {
    requireTool.call(this, "python3");
    writeFileSync(join(folder(), "metrics"), wrapper);
    chmodSync(join(folder(), "metrics"), 0o755);
    writeFileSync(join(folder(), "config.yaml"), config);
    server = await startProcess({
      PIPEGAUGE_CONFIG: join(folder(), "config.yaml"),
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
    });
  });
  afterEach(() => server?.end());

  const get = (path: string) => server.request(path);
  const up = (...targets: readonly string[]) =>
    "# HELP switch_up Whether it answers\n# TYPE switch_up gauge\n" +
    targets.map((target) => `switch_up{target="${target}"} 1.0\n`).join("");

  it("runs, with and without arguments", async () => {
    expect((await get("/metrics/switches")).text).to.equal(up("all"));
    expect((await get("/metrics/switches?--target=core-sw01")).text).to.equal(up("core-sw01"));
    expect((await get("/metrics/switches?--target=a b/c&--target=d")).text).to.equal(up("a b/c", "d"));
  });

  it("lets no request choose its file or its exporter, by an abbreviation or in full", async () => {
    for (const option of ["--output-filename=x", "--out=x", "--exporter=missing", "--exp=missing"]) {
      expect((await get(`/metrics/switches?${option}`)).status, option).to.equal(400);
      expect((await get(`/metrics/switches?--target=${option}`)).status, option).to.equal(400);
    }
  });

  it("is an exporter's own failure where it ends with 255", async () => {
    const { status, text } = await get("/metrics/missing");

    expect([status, text]).to.deep.equal([500, "exporter missing ended with status 255\n"]);
  });

  it("has its example among those that come with the program", async () => {
    const families = parseExposition((await get("/metrics/dummy")).text, "text");
    const shown = [...families].flatMap(([family, { type, help, samples }]) => [
      `${family} ${type} ${help ?? ""}`,
      ...samples.map(({ name, labels }) => `${name} ${JSON.stringify([...labels])}`),
    ]);
    const summary = (name: string) =>
      ["sum", "count"].map((part) => `execution_seconds_${part} [["function","DummyExporter.${name}"]]`);

    expect(shown).to.deep.equal([
      "execution_seconds summary Summary of time spent executing something",
      ...summary("my_custom_task"),
      ...summary("observed_function"),
      "dummy_gauge gauge A dummy metric, means nothing.",
      "dummy_gauge []",
      "dummy_counter_total counter A dummy metric, means nothing.",
      'dummy_counter_total [["dummy_label","dummy_label_value"]]',
      "generic_timer_seconds_total counter Value of generic timer",
      "generic_timer_seconds_total []",
    ]);
    const value = (family: string, i: number) => families.get(family)?.samples[i]?.value ?? Number.NaN;
    expect(value("dummy_gauge", 0)).to.equal(0);
    expect(value("dummy_counter_total", 0)).to.equal(1);
    // It sleeps that long; a timer may be late, never early by more than it rounds.
    expect(value("execution_seconds", 0)).to.be.at.least(0.549);
    expect(value("execution_seconds", 2)).to.be.at.least(1.098);
    expect(value("generic_timer_seconds_total", 0)).to.be.at.least(0.249);
  });
});

describe("the older wrapper's configuration", () => {
  const folder = freshFolder();
  const faults: readonly (readonly [what: string, yaml: string, problem: RegExp])[] = [
    [
      "a reserved name",
      "exporters: [{ name: ledger, command: [x] }]",
      /exporters\[0\]\.name is ledger, which is reserved/,
    ],
    ["a name twice", "exporters: [{ name: dummy }, { name: dummy }]", /exporters\[1\]\.name is dummy a second time/],
    ["no program", "exporters: [{ name: nothing }]", /exporters\[0\]: nothing has no command, is no module/],
    ["a path as name", "exporters: [{ name: ../x, command: [x] }]", /exporters\[0\]\.name must be letters, digits/],
    [
      "a file that the command does not know",
      "exporters: [{ name: x, command: [x], output: file }]",
      /exporters\[0\]\.output is file, but no argument of the command contains \{file\}/,
    ],
    [
      "any argument among the wrapper's own",
      'exporters: [{ name: x, command: [x, "{arguments}"], arguments: true }]',
      /exporters\[0\]\.command places \{arguments\} among its own, so arguments must list/,
    ],
    ["a folder that is not there", "exportersFolder: nowhere", /exportersFolder .*nowhere cannot be read: .*ENOENT/],
  ];
  for (const [what, yaml, problem] of faults) {
    it(`stops the start: ${what}`, async () => {
      writeFileSync(join(folder(), "config.yaml"), yaml);
      const started = await startProcess({ PIPEGAUGE_CONFIG: join(folder(), "config.yaml") }).catch(String);

      expect(started)
        .to.match(/it ended with 2: /)
        .and.to.match(problem);
      expect(readFileSync(join(folder(), "config.yaml"), "utf8")).to.equal(yaml);
    });
  }
});
