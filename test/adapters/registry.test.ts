import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";
import type { Adapter } from "../../src/core/adapter.ts";

const root = join(import.meta.dirname, "../..");
const home = join(root, "src/adapters");
const names = adapters.map(({ name }): string => name).toSorted();

/** What a reader of one adapter finds in every other. */
const code = ["index.ts", "verify.ts", "schema.ts", "parse.ts", "status.ts"];
const required = [...code, "README.md", "testdata/secrets.json"];

describe("registry of adapters", () => {
  it("lists every folder, and nothing that is none", () => {
    const folders = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory());

    expect(names).to.not.be.empty;
    expect(names).to.deep.equal(folders.map(({ name }) => name).toSorted());
  });

  it("names each provider once, as a part of an address and of a variable can be written", () => {
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z]{1,20}$/);
  });

  for (const name of names) {
    describe(name, () => {
      it("has the files that every adapter has", () => {
        expect(required.filter((file) => !existsSync(join(home, name, file)))).to.deep.equal([]);
      });

      it("is what its folder exports under its name", async () => {
        const module = (await import(`../src/adapters/${name}/index.ts`)) as Record<string, Adapter>;

        expect(Object.keys(module)).to.deep.equal([name]);
        expect(module[name]?.name).to.equal(name);
      });

      it("has secrets to try, and a golden file for each request and none besides", () => {
        const files = readdirSync(join(home, name, "testdata"));
        const cases = (suffix: string) =>
          files.filter((f) => f.endsWith(suffix)).map((f) => f.slice(0, -suffix.length));
        const secrets = JSON.parse(readFileSync(join(home, name, "testdata/secrets.json"), "utf8")) as string[];

        expect(secrets).to.not.be.empty;
        expect(secrets.filter((secret) => secret === "")).to.deep.equal([]);
        expect(cases(".http")).to.not.be.empty;
        expect(cases(".golden.json")).to.deep.equal(cases(".http"));
      });

      it("has a page that tells how to set the sender up, and links to it", () => {
        const page = readFileSync(join(root, "docs/providers", `${name}.md`), "utf8");
        const readme = readFileSync(join(home, name, "README.md"), "utf8");

        expect(page)
          .to.match(/^# \S/)
          .and.include(`/webhooks/${name}`)
          .and.include(`PIPEGAUGE_${name.toUpperCase()}_SECRET`);
        expect(readme)
          .to.match(/^# .+ adapter\n/)
          .and.include(`../../../docs/providers/${name}.md`);
      });
    });
  }

  it("has no page about a provider that is not there", () => {
    const pages = readdirSync(join(root, "docs/providers")).filter((file) => file.endsWith(".md"));

    expect(pages.map((file) => file.replace(".md", "")).toSorted()).to.deep.equal(names);
  });
});
