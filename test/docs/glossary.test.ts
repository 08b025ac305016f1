import { expect } from "chai";
import { readSources, type Sources } from "../support/architecture.ts";
import { readPage } from "../support/markdown.ts";

/** Words in names of types that mean in this program what they mean everywhere. */
const plainWords = new Set(
  `active app billed binding body bulk cache cell change classify client code collector column completed concurrency connection content
  context copy count counter data database decode delete derive detail dimension encode engine error event failure field fill
  filter first foreign found group head hour identity key kind label late limit lock log maintenance millis mode name old open
  option page parse part percentile place position query raw read reader reason recent recompute record ref request resolve rest row
  rpc rule secured seen setting sql sqlite statement step store summary table target text thread tls to transaction type update url watch write writer`
    .trim()
    .split(/\s+/),
);

/** `PipelineRun` → pipeline, run. */
function splitWords(name: string): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

/** The word, and what it may be a form of: runs → run, retries → retry, retired → retire, waiting → wait. */
function listForms(word: string): string[] {
  const [, stem = word] = /^(.+?)(?:ies|ied|es|ed|ing|er|s|d|r)$/.exec(word) ?? [];
  return [word, stem, `${stem}y`, `${stem}e`];
}

/** The terms of a glossary: all that is bold. */
function readTerms(page: string): string[] {
  return [...page.matchAll(/\*\*([^*]+)\*\*/g)].map(([, term = ""]) => term);
}

const exported = /^export (?:interface|type|class) (\w+)/gm;

/** The code of all files as words: without comments, names apart into their words. */
function extractCode(sources: Sources): string {
  const code = [...sources.values()].join("\n").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const words = code.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/[^A-Za-z]+/g, " ");
  return ` ${words.toLowerCase()} `;
}

/** Where the glossary and the names of types differ: words that are in neither list, terms and plain words without use. */
function differences(page: string, sources: Sources): string[] {
  const terms = readTerms(page);
  const explained = new Set(terms.flatMap((term) => term.split(/[ -]/)));
  const names = [...sources]
    .filter(([file]) => file.startsWith("src/core/"))
    .flatMap(([file, source]) => [...source.matchAll(exported)].map(([, name = ""]) => [file, name] as const));
  const has = (words: ReadonlySet<string>, word: string) => listForms(word).some((form) => words.has(form));
  const unexplained = names.flatMap(([file, name]) =>
    splitWords(name)
      .filter((word) => !has(explained, word) && !has(plainWords, word))
      .map((word) => `${file} ${name}: "${word}" is neither in the glossary nor a plain word`),
  );
  const code = extractCode(sources);
  const unused = terms
    .filter((term) => !code.includes(` ${term.replaceAll("-", " ")}`))
    .map((term) => `"${term}" is in the glossary and nowhere in the code`);
  const used = new Set(names.flatMap(([, name]) => splitWords(name).flatMap(listForms)));
  const idle = [...plainWords].filter((word) => !used.has(word)).map((word) => `"${word}" is a plain word of no type`);
  return [...unexplained, ...unused, ...idle];
}

describe("glossary", () => {
  const page = readPage("docs/glossary.md");
  const sources = readSources("src");

  it("has the nouns that the code uses, and no others", () => {
    expect(readTerms(page)).to.have.length.above(60);
    expect(differences(page, sources)).to.deep.equal([]);
  });

  it("has each term once", () => {
    const entries = [...page.matchAll(/^\| (\*\*[^|]+) \|/gm)].map(([, term = ""]) => term);
    expect(entries).to.deep.equal([...new Set(entries)]);
  });

  it("is found out where it differs from the code", () => {
    const planted = new Map([...sources, ["src/core/new.ts", "export interface Gizmo {}"]]);
    const dead = `${page}| **gadget** | A thing that is gone. |\n`;
    const without = page.replaceAll("**exemplar**", "exemplar");
    const commented = new Map([...sources, ["src/core/new.ts", "/** A gadget. */\n// gadget\n"]]);

    expect(differences(page, planted)).to.deep.equal([
      'src/core/new.ts Gizmo: "gizmo" is neither in the glossary nor a plain word',
    ]);
    expect(differences(dead, sources)).to.deep.equal(['"gadget" is in the glossary and nowhere in the code']);
    expect(differences(dead, commented)).to.have.length(1);
    expect(differences(without, sources).join()).to.match(/Exemplar: "exemplar" is neither in the glossary/);
    const fewer = new Map([...sources].filter(([file]) => file !== "src/core/parse-database-tls.ts"));
    expect(differences(page, fewer)).to.include('"tls" is a plain word of no type');
  });
});
