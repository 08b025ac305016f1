import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { freshFolder } from "../support/folder.ts";
import { at, chartFolder, helm, manifestsIn, only, requireHelm, type Tree, type Value } from "../support/helm/chart.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = readFileSync(join(root, "docs/kubernetes.md"), "utf8");
const schema = JSON.parse(readFileSync(join(chartFolder, "values.schema.json"), "utf8")) as Tree;

interface Command {
  readonly text: string;
  /** What it writes, and where to. */
  readonly file?: string | undefined;
  readonly content?: string | undefined;
}

/** The shell commands of the guide, each with its continuation lines. */
const commands: readonly Command[] = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
  [...block.matchAll(/^cat > (\S+) <<'EOF'\n([\s\S]*?)^EOF\n|^(?:.*\\\n)*.+\n/gm)].map(([text, file, content]) => ({
    text: text.replaceAll(/\\\n\s*/g, "").trim(),
    file,
    content,
  })),
);

/** These need a cluster, a registry, or a server that was installed. */
const elsewhere =
  /^(kubectl (create|patch|get|rollout|port-forward|delete) |docker (build|push) |curl -s |new="\$\(openssl|old="\$\(kubectl get )/;

const isTree = (value: Value): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** What the schema says of a value by its path; `undefined` where it knows none. */
function describedAs(path: string): Value {
  let found: Value = schema;
  for (const key of path.replaceAll(/\[\d+\]/g, "").split(".")) {
    const [names, patterns]: readonly Value[] = [at(found, "properties"), at(found, "patternProperties")];
    const own: Value = isTree(names) ? names[key] : undefined;
    const next: Value = own ?? (isTree(patterns) ? Object.values(patterns)[0] : undefined);
    const reference = at(next, "$ref");
    // What Kubernetes or the user names is not listed.
    if (reference === "#/definitions/kubernetesObject" || reference === "#/definitions/texts") return next;
    const name = typeof reference === "string" ? (reference.split("/").at(-1) ?? "") : undefined;
    found = name === undefined ? next : (schema["definitions"] as Tree)[name];
  }
  return found;
}

/** The paths of all values in a YAML map, down to lists. */
function pathsIn(tree: Tree, parent = ""): readonly string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = `${parent}${key}`;
    return isTree(value) && Object.keys(value).length > 0 ? pathsIn(value, `${path}.`) : [path];
  });
}

describe("the guide to Kubernetes", function () {
  this.timeout(60_000);
  const folder = freshFolder();

  it("names values that exist, in its commands, its files and its text", () => {
    const files = commands.flatMap(({ content }) => (content === undefined ? [] : pathsIn(parse(content) as Tree)));
    const set = commands.flatMap(({ text }) => [...text.matchAll(/--set ([^=\s]+)=/g)].map(([, path = ""]) => path));
    const top = Object.keys(schema["properties"] as Tree).join("|");
    const value = new RegExp(`\`((?:${top})(?:\\.[A-Za-z0-9]+)*)(?:=[^\`]*)?\``, "g");
    const named = [...guide.matchAll(value)].map(([, path = ""]) => path);

    expect(files.length).to.be.above(15);
    expect(set.length).to.be.above(3);
    expect(named.length).to.be.above(3);
    expect([...files, ...set, ...named].filter((path) => describedAs(path) === undefined)).to.deep.equal([]);
    expect(describedAs("networkPolicy.databasesTo"), "that of a value that does not exist").to.equal(undefined);
  });

  it("has commands whose results can be rendered, one after the other, as they are copied", async function () {
    requireHelm.call(this);
    const releases: string[] = [];
    for (const { text, file, content } of commands) {
      const [program = "", action = "", ...args] = text.split(/\s+/);
      if (file !== undefined) writeFileSync(join(folder(), file), content ?? "");
      else if (program !== "helm") expect(text).to.match(elsewhere);
      else if (action === "upgrade") releases.push(await renderKinds(args));
      else {
        expect(args[0]).to.equal("pipegauge");
        expect(await helm([action, "--help"])).to.include(`helm ${action} `);
      }
    }

    expect(releases).to.have.length(9);
    expect(
      releases.filter((release) => release.split(" ").filter((kind) => kind === "Ingress").length === 2),
    ).to.have.length(1);
    const kinds = new Set(releases.flatMap((release) => release.split(" ")));
    expect(kinds).to.include.keys("Ingress", "HTTPRoute", "ServiceMonitor", "PodMonitor", "NetworkPolicy");
    expect(kinds).to.include.keys("PersistentVolumeClaim", "PodDisruptionBudget", "PrometheusRule");
  });

  /** The kinds of what a `helm upgrade` of the guide would install. */
  async function renderKinds(args: readonly string[]): Promise<string> {
    const given = args.filter((arg) => arg !== "--install").map((arg) => placed(arg));
    const manifests = manifestsIn(await helm(["template", ...given]));
    expect(only(manifests, "Deployment").metadata).to.include({ name: "pipegauge", namespace: "pipegauge" });
    return manifests.map(({ kind }) => kind).join(" ");
  }

  /** Files of the guide are in the test's folder, the chart is where it is. */
  function placed(argument: string): string {
    if (argument.startsWith("helm/")) return join(root, argument);
    return argument.endsWith(".yaml") ? join(folder(), argument) : argument;
  }

  it("is true to the version of the program", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

    expect(guide).to.include(`pipegauge:${version}`).and.to.include(`image.tag=${version}`);
  });
});
