import { expect } from "chai";
import { readSources, type Sources } from "../support/architecture.ts";

/**
 * Words that the code once used for itself, where the field has others: reported, stored, observation, operation, substitute,
 * timeout. A reader whose first language is not English has to guess what they mean.
 */
const privateWords = /\b(?:said|told|heard|nobody|whoever|chores?|stand-?ins?|likeness|doubted|patience|hurry)\b/gi;

/** `known` as a name says only that something is there, not what: stored, cached, allowed, folded. */
const vagueNames = /\b(?:const|let)\s+known\b|[({,]\s*known\s*[:,)}]/g;

/** Names of branches and titles of commits, as people choose them; and the words that this test looks for. */
const quotations: ReadonlySet<string> = new Set(["src/demo/catalogue.ts", "test/docs/plain-words.test.ts"]);

/** Every use of such a word, in code, comments and messages, with its line. */
function findPrivateWords(sources: Sources): string[] {
  return [...sources]
    .filter(([file]) => !quotations.has(file))
    .flatMap(([file, source]) =>
      source
        .split("\n")
        .flatMap((line, i) =>
          [privateWords, vagueNames].flatMap((pattern) =>
            [...line.matchAll(pattern)].map(([word]) => `${file}:${i + 1}: ${word.trim()}`),
          ),
        ),
    );
}

describe("plain words", () => {
  it("are all that the program's sources use", () => {
    expect(findPrivateWords(readSources("src"))).to.deep.equal([]);
  });

  for (const folder of ["test", "bench"]) {
    it(`are all that the names, titles and comments in ${folder}/ use`, () => {
      const sources = readSources(folder);

      expect(sources.size).to.be.above(10);
      expect(findPrivateWords(sources)).to.deep.equal([]);
    });
  }

  for (const line of ['it("counts what was said", () => {', "const told = [first, last];", "/** Nobody listens. */"]) {
    it(`are missed in a test: ${line}`, () => {
      expect(findPrivateWords(new Map([["test/core/new.test.ts", line]]))).to.not.deep.equal([]);
    });
  }

  for (const line of [
    "/** What nobody told. */",
    "// whoever it is",
    "throw new Error(`the stand-in was never heard of`);",
    "const known = 1;",
    "function apply(before: Row, known: Row) {}",
    "const { known } = record;",
  ]) {
    it(`are missed in: ${line}`, () => {
      expect(findPrivateWords(new Map([["src/core/new.ts", line]]))).to.not.deep.equal([]);
    });
  }

  it("are not missed in what only contains such letters", () => {
    const source = "// a known status is stored\nexport const unknown = retold + saidel;\n";

    expect(findPrivateWords(new Map([["src/core/new.ts", source]]))).to.deep.equal([]);
  });
});
