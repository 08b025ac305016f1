import { expect } from "chai";
import * as fc from "fast-check";
import { replaceProperties, withoutEmails, withoutJsonEmails, withoutProperty } from "../../src/adapters/redact.ts";

describe("redaction", () => {
  for (const [json, redacted] of [
    [String.raw`{"a":"mira@example.com"}`, String.raw`{"a":"[redacted]"}`],
    [String.raw`{"a":"by\nmira@example.com\n"}`, String.raw`{"a":"by\n[redacted]\n"}`],
    [String.raw`{"a":"by \u003cmira@example.com\u003e"}`, String.raw`{"a":"by \u003c[redacted]\u003e"}`],
    [String.raw`{"a":"C:\\mira@example.com"}`, String.raw`{"a":"C:\\[redacted]"}`],
    [String.raw`{"a":"mira\u0040ci.example.com"}`, String.raw`{"a":"[redacted]"}`],
    [String.raw`{"a":"gcc@11.1.0 ci.yml@v1.2 a@b"}`, String.raw`{"a":"gcc@11.1.0 ci.yml@v1.2 a@b"}`],
    [String.raw`cut off: "a\nmira@example.com`, String.raw`cut off: "a\n[redacted]`],
  ] as const) {
    it(`makes ${redacted} of ${json}`, () => {
      expect(withoutJsonEmails(json)).to.equal(redacted);
      expect(withoutJsonEmails(redacted)).to.equal(redacted);
    });
  }

  /** What the two mean, as one pattern each; too slow for a body of megabytes. */
  const address = "[A-Za-z0-9._%+-]{1,64}(?:AT)(?:[A-Za-z0-9-]{1,63}\\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}";
  const plain = new RegExp(address.replace("AT", "@"), "g");
  const json = new RegExp(
    String.raw`\\u(?!0040)[0-9A-Fa-f]{4}|\\[^u]|${address.replace("AT", String.raw`@|\\u0040`)}`,
    "g",
  );

  it("removes what these patterns find, and nothing else", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("@", "\\", "\\n", "\\u0040", "\\u003c", "\\u00", "u", "u0040", "n", ".", "-", "a", "1", "mira"),
      fc.constantFrom(
        "@example.com",
        "b@c.de",
        "x".repeat(60),
        "y".repeat(64),
        "@a.b",
        "@1.c2",
        `@${"d".repeat(64)}.ef`,
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        expect(withoutEmails(text)).to.equal(text.replace(plain, "[redacted]"));
        expect(withoutJsonEmails(text)).to.equal(
          text.replace(json, (found) => (found.startsWith("\\") ? found : "[redacted]")),
        );
      }),
      { numRuns: 5000 },
    );
  });

  it("takes a backslash in plain text for what it is", () => {
    expect(withoutEmails(String.raw`\mira@example.com, "bo@ci.example.org"`)).to.equal(
      String.raw`\[redacted], "[redacted]"`,
    );
  });

  it("empties several properties at once, and writes another text in the place of values", () => {
    const body = '{"author":{"name":"Mira"},"files":["author"],"title": "Revert it" ,"authors":["Mira"]}';

    expect(withoutProperty(body, "author", "authors")).to.equal(
      '{"author":null,"files":["author"],"title": "Revert it" ,"authors":[]}',
    );
    expect(replaceProperties(body, ["title"], (value) => String(value.length))).to.equal(
      '{"author":{"name":"Mira"},"files":["author"],"title": 11 ,"authors":["Mira"]}',
    );
  });

  for (const [text, redacted] of [
    ['{"log": "a \\" b", "c": 1}', '{"log": null, "c": 1}'],
    ['{"c": 1, "log" : [1, [2, "]"]] }', '{"c": 1, "log" : [] }'],
    ['{"log":{"x":[{}]},"log":7\n}', '{"log":null,"log":null\n}'],
    ['{"log":', '{"log":null'],
    ['{"log":[{"a":"b', '{"log":[]'],
    ['{"log":}', '{"log":null}'],
    ['{"log":{}x,"y":1}', '{"log":null,"y":1}'],
    ['{"a":"\\"log\\": 5"}', '{"a":"\\"log\\": 5"}'],
  ] as const) {
    it(`empties a property: ${text}`, () => {
      expect(withoutProperty(text, "log")).to.equal(redacted);
      expect(withoutProperty(redacted, "log")).to.equal(redacted);
    });
  }
});
