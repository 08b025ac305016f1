import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ruleFiles } from "../rules/rules.ts";
import { freshFolder } from "../support/folder.ts";
import { requireTool } from "../support/tools.ts";
import { boards } from "./boards.ts";

const readDocsPage = (name: string) => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

/** Code blocks of a language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\``, "gms"))].map(([, text = ""]) => text);
}

/** The files in the first column of a page's table. */
function listed(page: string, suffix: string): string[] {
  return [...page.matchAll(new RegExp(`^\\| \`([\\w-]+\\.${suffix})\` \\|`, "gm"))].map(([, file = ""]) => file);
}

describe("docs/prometheus.md", () => {
  const page = readDocsPage("prometheus.md");
  const folder = freshFolder();

  it("shows configurations that Prometheus takes", function () {
    const binary = requireTool.call(this, "promtool");
    const configurations = blocks(page, "yaml").filter((text) => text.includes("scrape_configs"));

    expect(configurations).to.have.length(2);
    for (const text of configurations) {
      const file = join(folder(), "prometheus.yml");
      writeFileSync(join(folder(), "token"), "t");
      writeFileSync(file, text.replace("/etc/prometheus/pipegauge-token", "token"));
      const { status, stdout, stderr } = spawnSync(binary, ["check", "config", file], { encoding: "utf8" });
      expect(status, stdout + stderr).to.equal(0);
    }
  });

  it("names every rule file", () => {
    expect(listed(page, "yaml").toSorted()).to.deep.equal(ruleFiles);
  });
});

describe("docs/grafana.md", () => {
  const page = readDocsPage("grafana.md");

  it("names every dashboard", () => {
    expect(listed(page, "json").toSorted()).to.deep.equal([...boards.keys()]);
  });

  it("shows data sources of the types that the dashboards ask, with a link from a mark to its run", () => {
    const documents = blocks(page, "yaml").map((text) => parse(text) as Record<string, unknown>);
    const sources = documents.flatMap(({ datasources = [] }) => datasources as Record<string, unknown>[]);
    const types = [...boards.values()].flatMap(({ panels }) =>
      panels.flatMap(({ datasource }) => datasource?.type ?? []),
    );

    expect(documents).to.have.length(2);
    expect(sources.map(({ type }) => type)).to.have.members([...new Set(types)]);
    expect(sources[0]?.["jsonData"]).to.deep.include({
      exemplarTraceIdDestinations: [
        { name: "run_url", url: "$${__value.raw}", urlDisplayLabel: "Open the run" },
        {
          name: "run_id",
          url: "https://pipegauge.example.com/ui/run?native_id=$${__value.raw:percentencode}",
          urlDisplayLabel: "Open in Pipegauge",
        },
      ],
    });
  });
});
