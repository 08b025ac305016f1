import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { variables } from "../../src/config/environment.ts";
import { metricDefinitions } from "../../src/metrics/definitions.ts";
import { listAnchors, listFences, listLinks, extractProse, readPage } from "../support/markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Those that are there, committed or about to be. */
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(root + path));
const docs = pages.filter((path) => path.startsWith("docs/") || !path.includes("/"));

/** What is wrong with a link, in words; `undefined`: it leads somewhere. */
function describeBrokenLink(page: string, target: string): string | undefined {
  if (/^(https?|mailto|file):/.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(path)));
  if (file.startsWith("..")) return "leads out of the repository";
  if (!existsSync(root + file)) return `there is no ${file}`;
  if (anchor === undefined) return undefined;
  if (statSync(root + file).isDirectory() || !file.endsWith(".md")) return `${file} has no headings`;
  return listAnchors(readPage(file)).has(anchor) ? undefined : `${file} has no heading #${anchor}`;
}

describe("documentation", () => {
  it("has links that lead somewhere, files and headings alike", () => {
    const checked = pages.flatMap((page) =>
      listLinks(readPage(page)).map(({ target, line }) => ({
        at: `${page}:${line}`,
        target,
        fault: describeBrokenLink(page, target),
      })),
    );

    expect(checked.length).to.be.above(100);
    expect(checked.filter(({ fault }) => fault !== undefined)).to.deep.equal([]);
  });

  it("is reachable from its index, every page of it", () => {
    const index = listLinks(readPage("docs/README.md")).map(({ target }) =>
      posix.normalize(`docs/${target.split("#")[0] ?? ""}`),
    );
    const under = (path: string) =>
      index.some((link) => link === path || (link.endsWith("/") && path.startsWith(link)));

    expect(docs.filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !under(path))).to.deep.equal(
      [],
    );
    expect(listLinks(readPage("README.md")).map(({ target }) => target)).to.include("docs/README.md");
  });

  it("names only files of the repository that exist", () => {
    const named = pages
      .filter((page) => page !== "CHANGELOG.md")
      .flatMap((page) =>
        [...readPage(page).matchAll(/`((?:bench|helm|migrations|scripts|src|test)\/[\w./-]*\w)`/g)].map(
          ([, path = ""]) => ({
            page,
            path,
          }),
        ),
      );

    expect(named.length).to.be.above(50);
    expect(named.filter(({ path }) => !existsSync(root + path))).to.deep.equal([]);
  });

  it("names only settings that exist", () => {
    const documented = new Set(variables.flatMap((name) => [name, `${name}_FILE`]));
    // Of a shell in an example, or of the tests.
    const examples = new Set(["PIPEGAUGE_SECRET", "PIPEGAUGE_URL", "PIPEGAUGE_TEST_IMAGE", "PIPEGAUGE_TEST_CAPTURES"]);
    const named = docs.flatMap((page) =>
      [...readPage(page).matchAll(/\bPIPEGAUGE_[A-Z_]*[A-Z]\b/g)].map(([name]) => ({ page, name })),
    );

    expect(named.length).to.be.above(50);
    expect(named.filter(({ name }) => !documented.has(name) && !examples.has(name))).to.deep.equal([]);
  });

  it("names only metrics of Pipegauge's own that exist", () => {
    const documented = new Set(
      metricDefinitions.flatMap(({ name, type }) =>
        type === "histogram" ? ["", "_bucket", "_sum", "_count"].map((end) => name + end) : [name],
      ),
    );
    const folders = new Set(["pipegauge_test"]);
    const named = docs.flatMap((page) =>
      [...readPage(page).matchAll(/(?<![\w/:])pipegauge_[a-z_]*[a-z]\b(?!:)/g)].map(([name]) => ({ page, name })),
    );

    expect(named.length).to.be.above(20);
    expect(
      named.filter(({ name }) => !documented.has(name) && !folders.has(name) && !/_(secret|token)$/.test(name)),
    ).to.deep.equal([]);
  });

  it("shows shell commands that a shell can read", () => {
    const fences = docs.flatMap((page) => listFences(readPage(page)).map((fence) => ({ page, ...fence })));
    const broken = fences.flatMap(({ page, line, language, text }) => {
      if (language !== "sh") return [];
      try {
        execFileSync("bash", ["-n"], { input: text, stdio: ["pipe", "pipe", "pipe"] });
        return [];
      } catch (error) {
        return [`${page}:${line}: ${String((error as { stderr?: unknown }).stderr)}`];
      }
    });

    expect(fences.filter(({ language }) => language === "sh").length).to.be.above(20);
    expect(broken).to.deep.equal([]);
  }).timeout(30_000);
});

describe("documentation: how it is read", () => {
  const page = [
    "# A `b` & c",
    "",
    "see [x](#a-b--c), `[no](link)`",
    "",
    "```sh",
    "# not a heading",
    "[no](link)",
    "```",
    "",
    "# A `b` & c",
    "",
  ].join("\n");

  it("finds headings, links and blocks, each where it is one", () => {
    expect([...listAnchors(page)]).to.deep.equal(["a-b--c", "a-b--c-1"]);
    expect(listLinks(page)).to.deep.equal([{ target: "#a-b--c", line: 3 }]);
    expect(listFences(page)).to.deep.equal([
      { language: "sh", text: "# not a heading\n[no](link)", line: 6, heading: "A `b` & c" },
    ]);
    expect(extractProse(page)).to.not.include("not a heading");
  });

  it("finds what leads nowhere", () => {
    expect(describeBrokenLink("docs/README.md", "nowhere.md")).to.equal("there is no docs/nowhere.md");
    expect(describeBrokenLink("docs/README.md", "backup.md#nowhere")).to.equal(
      "docs/backup.md has no heading #nowhere",
    );
    expect(describeBrokenLink("docs/README.md", "../../x")).to.equal("leads out of the repository");
    expect(describeBrokenLink("docs/README.md", "backup.md#sqlite")).to.equal(undefined);
  });
});
