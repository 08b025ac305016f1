import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";
import type { Adapter } from "../../src/core/adapter.ts";

const root = join(import.meta.dirname, "../..");
const home = join(root, "src/adapters");
const names = adapters.map(({ name }): string => name).toSorted();

/** What a reader of one adapter finds in every other: the files, and the functions that each exports. */
const code: Readonly<Record<string, readonly string[]>> = {
  "verify.ts": ["deliveryKey", "verify", "mayVerify"],
  "parse.ts": ["parse"],
  "status.ts": ["interpretStatus"],
  "timing.ts": ["measureRun"],
  "fields.ts": ["readTime"],
  "names.ts": ["namePipeline"],
  "redact.ts": ["redact"],
};
const required = ["index.ts", "schema.ts", ...Object.keys(code), "README.md", "testdata/secrets.json"];

async function load(name: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(`../../src/adapters/${name}/${file}`)) as Record<string, unknown>;
}

describe("registry of adapters", () => {
  it("lists every folder, and nothing else", () => {
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

      for (const [file, functions] of Object.entries(code)) {
        it(`has in ${file} the functions that every adapter has`, async () => {
          const module = await load(name, file);

          expect(functions.filter((wanted) => typeof module[wanted] !== "function")).to.deep.equal([]);
        });
      }

      it("is what its folder exports under its name, made of the functions of its files", async () => {
        const module = (await load(name, "index.ts")) as Record<string, Adapter>;

        expect(Object.keys(module)).to.deep.equal([name]);
        const files = ["verify.ts", "parse.ts", "redact.ts"];
        const functions = Object.assign({ name }, ...(await Promise.all(files.map((file) => load(name, file)))));
        for (const member of ["name", "deliveryKey", "verify", "mayVerify", "parse", "redact"])
          expect(module[name], member).to.have.property(member, functions[member]);
      });

      it("checks bodies by functions that are called so", async () => {
        const exported = Object.keys(await load(name, "schema.ts"));

        expect(exported).to.not.be.empty;
        expect(exported.filter((one) => !/^check[A-Z]/.test(one))).to.deep.equal([]);
      });

      it("returns the state that all adapters share, and no other type, from interpretStatus", () => {
        const source = readFileSync(join(home, name, "status.ts"), "utf8");

        expect(source)
          .to.match(/^export function interpretStatus\((?:(?!\n\})[^])*?\): NativeState( \| undefined)? \{$/m)
          .and.include('import type { NativeState } from "../native-state.ts";');
      });

      it("exports no function whose name ends in Of, which says nothing of what it does", async () => {
        const files = readdirSync(join(home, name)).filter((file) => file.endsWith(".ts"));
        const modules = await Promise.all(files.map((file) => load(name, file)));
        const exported = modules.flatMap((module) =>
          Object.entries(module).flatMap(([key, value]) => (typeof value === "function" ? [key] : [])),
        );

        expect(exported.filter((one) => one.endsWith("Of"))).to.deep.equal([]);
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
