import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { freshFolder } from "../support/folder.ts";
import { metricLabels, nameProblems } from "../support/exposition/metric-labels.ts";
import { requireTool } from "../support/tools.ts";
import { alerts, groups, recordings, ruleFiles, rulesFolder } from "./rules.ts";

interface Case {
  readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
  readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples?: readonly unknown[] }[];
}

const here = import.meta.dirname;
const testFiles = readdirSync(here).filter((name) => name.endsWith(".test.yaml"));
const cases = testFiles.flatMap((name) => (parse(readFileSync(join(here, name), "utf8")) as { tests: Case[] }).tests);

function promtool(binary: string, ...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("Prometheus rules", function () {
  this.timeout(120_000);
  const folder = freshFolder();

  it("are read by promtool without a complaint", function () {
    const binary = requireTool.call(this, "promtool");

    const { status, output } = promtool(binary, "check", "rules", "--lint=all", "--lint-fatal", ...ruleFiles.map(path));

    expect(status, output).to.equal(0);
    const found = [...output.matchAll(/SUCCESS: (\d+) rules found/g)].map(([, count]) => Number(count));
    expect(found.reduce((sum, count) => sum + count, 0)).to.equal(alerts.length + recordings.length);
  });

  for (const file of testFiles) {
    it(`do what ${file} says`, function () {
      const binary = requireTool.call(this, "promtool");

      const { status, output } = promtool(binary, "test", "rules", join(here, file));

      expect(status, output).to.equal(0);
    });
  }

  it("would fail these tests if they waited longer or asked for more", function () {
    const binary = requireTool.call(this, "promtool");
    cpSync(here, join(folder(), "test/rules"), { recursive: true });
    const copy = join(folder(), "helm/pipegauge/rules");
    mkdirSync(copy, { recursive: true });
    for (const file of ruleFiles) {
      const text = readFileSync(path(file), "utf8");
      writeFileSync(join(copy, file), text.replaceAll(/for: \d+[mh]/g, "for: 9h").replaceAll("[1h]", "[1m]"));
    }

    for (const file of ["ci-alerts.test.yaml", "recordings.test.yaml"]) {
      expect(promtool(binary, "test", "rules", join(folder(), "test/rules", file)).status, file).to.equal(1);
    }
  });

  it("each have a case: alerts one that fires and one that does not, recordings one with a value", () => {
    const alertCases = cases.flatMap((one) => one.alert_rule_test ?? []);
    const outcomes = alerts.map(({ alert }) => {
      const own = alertCases.filter(({ alertname }) => alertname === alert);
      const fires = own.some(({ exp_alerts: expected = [] }) => expected.length > 0);
      const isSilent = own.some(({ exp_alerts: expected = [] }) => expected.length === 0);
      return { alert, fires, isSilent };
    });
    const computed = cases.flatMap((one) => one.promql_expr_test ?? []).filter((one) => one.exp_samples?.length);

    expect(outcomes).to.have.length.above(15);
    expect(outcomes.filter(({ fires, isSilent }) => !fires || !isSilent)).to.deep.equal([]);
    expect(
      recordings.map(({ record }) => record).filter((record) => !computed.some(({ expr }) => expr.includes(record))),
    ).to.deep.equal([]);
  });

  it("read only metrics that exist, by labels that these have", async () => {
    const getLabels = await metricLabels();
    const readLabels = (name: string) => getLabels(name) ?? recordedLabels(name);

    const problems = [...alerts, ...recordings].flatMap((rule) =>
      nameProblems(rule.expr, readLabels).map((problem) => `${rule.alert ?? rule.record}: ${problem}`),
    );

    expect(problems).to.deep.equal([]);
  });

  it("are computed while their values are fresh, in groups of different names", () => {
    expect(new Set(groups.map(({ name }) => name)).size).to.equal(groups.length);
    // Prometheus looks back five minutes: a value that is computed less often is not there now and then.
    for (const { name, interval = "1m" } of groups) expect(interval, name).to.match(/^[1-4]m$/);
  });
});

describe("alerts", () => {
  const page = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = ""]) => name);

  it("are described in docs/alerts.md, one heading each", () => {
    expect(headings).to.deep.equal(alerts.map(({ alert }) => alert));
  });

  for (const { alert, labels = {}, annotations = {}, ...rule } of alerts) {
    it(`${alert} says how bad it is, what happened and what to do`, () => {
      expect(labels["severity"]).to.be.oneOf(["critical", "warning", "info"]);
      expect(Object.keys(annotations)).to.deep.equal(["summary", "description", "runbook_url"]);
      expect(annotations["runbook_url"]).to.equal(`docs/alerts.md#${alert.toLowerCase()}`);
      expect(annotations["summary"]?.replaceAll(/\{\{.*?\}\}/g, "X")).to.match(/^[A-Z][^.]{10,80}$/);
      expect(annotations["description"]).to.match(/^[A-Z{].{60,}\.$/);
      const section = page.slice(page.indexOf(`### ${alert}\n`)).split("\n### ")[0] ?? "";
      expect(section.split("\n"), "severity in docs/alerts.md").to.include(
        `*${labels["severity"] ?? ""}${rule.for === undefined ? "" : `, after ${rule.for}`}*`,
      );
    });
  }
});

/** The labels of a recorded series, by the level that its name begins with. */
function recordedLabels(name: string): readonly string[] | undefined {
  if (!recordings.some(({ record }) => record === name)) return undefined;
  const [level = "", ...more] = (name.split(":")[0] ?? "").split("_");
  return [...(levels[level] ?? []), ...more];
}

const pipeline = ["provider", "project", "pipeline"];
const levels: Readonly<Record<string, readonly string[]>> = {
  all: [],
  provider: ["provider"],
  project: ["provider", "project"],
  pipeline,
  branch: [...pipeline, "default_branch"],
  job: [...pipeline, "job_name"],
  source: ["source"],
  metric: ["metric"],
};

function path(file: string): string {
  return join(rulesFolder, file);
}
