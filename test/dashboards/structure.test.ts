import { expect } from "chai";
import type { Parameters } from "../../src/http/api/parameters.ts";
import { deliveriesParameters } from "../../src/http/api/deliveries.ts";
import { runsParameters } from "../../src/http/api/runs.ts";
import { metricLabels, nameProblems, type GetLabels } from "../support/exposition/metric-labels.ts";
import { mentioned } from "../support/exposition/promql.ts";
import { boards, queriesIn, getQuery, type Board, type Panel } from "./boards.ts";
import { interpolate, type Chosen } from "./grafana.ts";

const units = ["short", "s", "percentunit", "bytes", "reqps", "bool_yes_no"];
const time = { to: 0, range: 3600, step: 60, scrape: 15 };

/** Any choice at all: what the names are does not depend on it. */
function anyChoice({ templating }: Board): Chosen {
  return new Map(templating.list.map((variable) => [variable.name, { variable, values: ["dotnet"] }]));
}

function withoutRows({ panels }: Board): Panel[] {
  return panels.filter(({ type }) => type !== "row");
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Names of variables in any text of a dashboard, without Grafana's own. */
function variablesIn(text: string): string[] {
  const names = [...text.matchAll(/\$\{(\w+)(?:[:}.])|\$([a-zA-Z_]\w*)/g)].map(
    ([, braced, bare]) => braced ?? bare ?? "",
  );
  return names.filter((name) => !name.startsWith("__"));
}

describe("dashboards", () => {
  let getLabels: GetLabels;
  before(async () => {
    getLabels = await metricLabels();
  });

  it("are six, each with an address of its own that stays", () => {
    expect([...boards.values()].map(({ uid }) => uid).toSorted()).to.deep.equal([
      "pipegauge-jobs",
      "pipegauge-legacy-pipelines",
      "pipegauge-overview",
      "pipegauge-pipeline",
      "pipegauge-service",
      "pipegauge-templates",
    ]);
    expect(new Set([...boards.values()].map(({ title }) => title)).size).to.equal(boards.size);
  });

  for (const [file, board] of boards) {
    describe(file, () => {
      const panels = withoutRows(board);

      it("is for Grafana 11 and later, asks for nothing when it is imported, and links to the others", () => {
        expect(board.schemaVersion).to.be.at.least(39);
        expect(board).to.not.have.any.keys("__inputs", "__requires", "id");
        expect(board.tags).to.include("pipegauge");
        expect(board.links.some(({ type, tags }) => type === "dashboards" && tags.includes("pipegauge"))).to.be.true;
        expect(board.description).to.match(/[.?]$/);
      });

      it("has panels that do not overlap, within the grid, each with its number", () => {
        expect(panels).to.have.length.above(5);
        expect(new Set(board.panels.map(({ id }) => id)).size).to.equal(board.panels.length);
        for (const panel of board.panels) {
          const { x, y, w, h } = panel.gridPos;
          expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24, panel.title).to.be.true;
          const others = board.panels.filter((other) => other !== panel && overlap(panel, other));
          expect(
            others.map(({ title }) => title),
            panel.title,
          ).to.deep.equal([]);
        }
      });

      it("says of each panel what it shows, in which unit, from the chosen data source", () => {
        const [source] = board.templating.list.filter(({ type }) => type === "datasource");
        for (const { title, description = "", fieldConfig, datasource, targets = [] } of panels) {
          expect(description, title).to.match(/^[A-Z0-9][^]{20,}\.$/);
          expect(fieldConfig?.defaults["unit"], title).to.be.oneOf(units);
          expect(targets, title).to.not.be.empty;
          const references = [datasource, ...targets.map((target) => target.datasource)];
          for (const reference of references) expect(reference?.uid, title).to.equal(`\${${source?.name ?? ""}}`);
          expect(new Set(targets.map(({ refId }) => refId)).size, title).to.equal(targets.length);
        }
        expect(new Set(panels.map(({ title, gridPos }) => `${title} ${gridPos.y} ${gridPos.x}`)).size).to.equal(
          panels.length,
        );
      });

      it("uses only variables that it has, each after the ones that it needs", () => {
        const names = board.templating.list.map(({ name }) => name);
        const { templating, ...rest } = board;

        expect(variablesIn(JSON.stringify(rest)).filter((name) => !names.includes(name))).to.deep.equal([]);
        templating.list.forEach((variable, i) => {
          const needed = variablesIn(getQuery(variable) + JSON.stringify(variable.datasource ?? {}));
          expect(
            needed.filter((name) => !names.slice(0, i).includes(name)),
            variable.name,
          ).to.deep.equal([]);
        });
      });
    });
  }

  it("link to views that there are, with parameters that they take", () => {
    const parametersByPath: Readonly<Record<string, Parameters>> = {
      "/ui/": {},
      "/ui/runs": runsParameters,
      "/ui/pipelines/one": { project: runsParameters.project, pipeline: runsParameters.pipeline },
      "/ui/jobs": {},
      "/ui/deliveries": deliveriesParameters,
      "/ui/sources": {},
    };
    const links = [...boards.values()].flatMap((board) =>
      [...JSON.stringify(board).matchAll(/\$\{base_url\}([^"]+)"/g)].map(([, link = ""]) => link),
    );

    expect(links).to.have.length.above(10);
    for (const link of links) {
      const { pathname, searchParams } = new URL(link, "http://pipegauge");
      expect(parametersByPath, link).to.have.property(pathname);
      expect(Object.keys(parametersByPath[pathname] ?? {}), link).to.include.members([...searchParams.keys()]);
    }
  });

  for (const { board, target, what } of queriesIn("expr")) {
    it(`name what exists: ${what}`, () => {
      const expr = interpolate(target.expr ?? "", anyChoice(board), time);
      // `label_replace` in the table of run counters makes the label `name`.
      const derived = expr.includes("label_replace") ? ["name"] : [];

      expect(mentioned(expr).selectors).to.not.be.empty;
      expect(nameProblems(expr, getLabels, derived)).to.deep.equal([]);
    });
  }

  it("ask for each total of the ledger from one replica only", () => {
    const shared = /\b(?:cicd_|ci_|pipegauge_(?:last|dead|rollup|series|collector))\w*/;
    const summed = queriesIn("expr").filter(({ target }) => {
      const expr = (target.expr ?? "").replaceAll("${Framework}_${Step}", "dotnet_build");
      return shared.test(expr) && !/max without \(instance, pod\)|\b(?:max|min|count)(?: by \([^)]*\))? ?\(/.test(expr);
    });

    // Each target of its own, on purpose: this graph shows which one cannot read the database.
    expect(summed.map(({ what }) => what)).to.deep.equal(["Pipegauge: service health, Database (A)"]);
  });

  it("show marks for single runs on the graphs of runs and jobs", () => {
    const marked = queriesIn("expr").filter(({ target }) => target.exemplar);

    expect(marked).to.have.length.above(15);
    for (const { target, panel, what } of marked) {
      expect(target.expr, what).to.match(/cicd_/);
      expect(panel.type, what).to.equal("timeseries");
      expect(target.instant, what).to.be.false;
    }
  });
});
