import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readmeFile, parseSections, valuesFile, withValues } from "../support/helm/readme.ts";
import { chartFolder, valuesFiles, type Tree, type Value } from "../support/helm/chart.ts";

const values = readFileSync(valuesFile, "utf8");
const schema = JSON.parse(readFileSync(join(chartFolder, "values.schema.json"), "utf8")) as Tree;

const isTree = (value: Value): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** Each object of the schema, by its place. */
function objectsIn(value: Value, place: string): readonly (readonly [string, Tree])[] {
  if (!isTree(value)) return [];
  const inner = Object.entries(value).flatMap(([key, one]) => objectsIn(one, `${place}/${key}`));
  return value["type"] === "object" ? [[place, value], ...inner] : inner;
}

/** The schema with what its references stand for. */
function resolved(value: Value): Value {
  if (!isTree(value)) return value;
  const { $ref } = value;
  if (typeof $ref === "string") return resolved(((schema["definitions"] ?? {}) as Tree)[$ref.split("/").at(-1) ?? ""]);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one)]));
}

describe("the chart's README", () => {
  it("says what values.yaml says: else run `npm run helm:readme`", () => {
    const readme = readFileSync(readmeFile, "utf8");

    expect(withValues(readme, values)).to.equal(readme);
  });

  it("is made of every section and value, with comments over several lines joined", () => {
    const text = [
      "## One\n",
      "# -- First line,",
      "# second | line.",
      "a: 1",
      "b:",
      "  # -- Inner.",
      "  c: [x]",
      "\n## Two\n",
      "# -- Map, described as a whole.",
      "d: { e: f }\n",
    ].join("\n");

    expect(parseSections(text)).to.deep.equal([
      {
        title: "One",
        values: [
          { path: "a", fallback: "1", description: "First line, second | line." },
          { path: "b.c", fallback: '["x"]', description: "Inner." },
        ],
      },
      { title: "Two", values: [{ path: "d", fallback: '{"e":"f"}', description: "Map, described as a whole." }] },
    ]);
    expect(() => parseSections("## One\n\n# Only a remark.\na: 1\n")).to.throw("a has no description");
  });

  it("names each values file that the chart is tested with", () => {
    const readme = readFileSync(readmeFile, "utf8");

    for (const file of valuesFiles) expect(readme).to.include(`ci/${file}`);
  });
});

describe("the chart's schema", () => {
  /** Objects that are handed on to Kubernetes or to an exporter, or shared with other charts. */
  const open =
    /^#\/definitions\/(texts|quantities|kubernetesObject|exporter\/properties\/settings)$|^#\/properties\/global$/;

  it("is closed everywhere but for what is handed on", () => {
    const objects = objectsIn(schema, "#");

    expect(objects).to.have.length.above(30);
    for (const [place, object] of objects) {
      if (open.test(place)) expect(object["additionalProperties"], place).not.to.equal(false);
      else expect(object["additionalProperties"], place).to.equal(false);
    }
  });

  it("lists every value, and no other", () => {
    const compare = (defaults: Value, described: Value, place: string) => {
      if (!isTree(defaults) || !isTree(described) || !isTree(described["properties"])) return;
      const describedNames = Object.keys(described["properties"]);
      // These may hold more than what they hold by default.
      if (!/Probe$|^\.resources$/.test(place)) expect(Object.keys(defaults), place).to.have.members(describedNames);
      else expect(describedNames, place).to.include.members(Object.keys(defaults));
      for (const [key, value] of Object.entries(defaults))
        compare(value, described["properties"][key], `${place}.${key}`);
    };
    const all = parse(values) as Tree;
    expect(Object.keys(all)).to.have.length.above(40);
    compare(all, resolved(schema), "");
  });
});
