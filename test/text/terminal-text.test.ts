import { expect } from "chai";
import * as fc from "fast-check";
import { formatJson } from "../../src/text/json-text.ts";
import { cutToWidth, measureWidth, showSafely } from "../../src/text/terminal-text.ts";
import { formatTable } from "../../src/commands/reading/table.ts";
import { createStyle } from "../../src/commands/style.ts";

/** Texts of all kinds of characters, and often of those that are dangerous. */
const pieces = [
  ...Array.from("\u001b\u009b\r\n\t\u0000\u202e\u2066\u200b\u200d\ufeff\u2028\u00ad\u034f\ud800\u3164"),
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "日本",
  "e\u0301",
  "a\u0301\u0302\u0303\u0304\u0305\u0306",
  "שלום",
  "\u{e0041}",
  "ok",
];
const hostile = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })), { maxLength: 12 });
const texts = hostile.map((parts) => parts.join(""));

const dangerous =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066\u2067\u200b\u200e\u200f\ufeff\u00ad\u{e0000}-\u{e007f}]/u;

describe("texts of others on a terminal", () => {
  for (const [text, shown] of [
    ["plain é ünï", "plain é ünï"],
    ["\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
    ["one\r\ntwo\ttabs", "one\\x0d\\x0atwo\\x09tabs"],
    ["\u202efdp.exe", "\\u202efdp.exe"],
    ["a\u200bb\u{e0041}", "a\\u200bb\\u{e0041}"],
    ["\ud800", "\\ud800"],
    ["\u{1f468}\u200d\u{1f469}", "\u{1f468}\u200d\u{1f469}"],
    ["a\u200d", "a\\u200d"],
    ["שלום", "\u2068שלום\u2069"],
  ] as const)
    it(`${JSON.stringify(text)} is shown as ${JSON.stringify(shown)}`, () => {
      expect(showSafely(text)).to.equal(shown);
    });

  it("never hold what a terminal obeys, or more marks than a script needs", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = showSafely(text);
        expect(shown).to.not.match(dangerous);
        expect(shown).to.not.match(/\p{M}{5}/u);
      }),
    );
  });

  for (const [text, width] of [
    ["abc", 3],
    ["日本語", 6],
    ["e\u0301", 1],
    ["\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", 2],
    ["✓", 1],
    ["❤\ufe0f", 2],
    ["\u2068שלום\u2069", 4],
  ] as const)
    it(`${JSON.stringify(text)} takes ${width} columns`, () => {
      expect(measureWidth(text)).to.equal(width);
    });

  it("are cut between characters, to the width", () => {
    expect(cutToWidth("abcdef", 4)).to.equal("abc…");
    expect(cutToWidth("日本語", 4)).to.equal("日…");
    expect(cutToWidth("\u2068שלום\u2069", 3)).to.equal("\u2068של…\u2069");
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(measureWidth(cutToWidth(showSafely(text), width))).to.be.at.most(width);
      }),
    );
  });

  it("keep every row of a table on its line, with the columns where they belong", () => {
    const columns = [
      { title: "A", get: ([a]: readonly string[]) => a ?? "", least: 5 },
      { title: "B", get: ([, b]: readonly string[]) => b ?? "", least: 5 },
      { title: "END", get: () => "|" },
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = formatTable(columns, rows, { style: createStyle({}, {}), width: 40 });
        expect(lines).to.have.length(rows.length + 1);
        const ends = lines.slice(1).map((line) => measureWidth(line));
        expect(new Set(ends).size, lines.join("\n")).to.equal(1);
        expect(ends[0]).to.be.at.most(40);
      }),
    );
  });

  it("are the same for a program that reads them as JSON", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const json = formatJson({ text });
        expect(json.slice(1, -1).replaceAll("\n", "")).to.not.match(dangerous);
        expect((JSON.parse(json) as { text: string }).text).to.equal(text);
      }),
    );
  });
});
