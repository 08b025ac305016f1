import { expect } from "chai";
import { withoutEmails, withoutJsonEmails, withoutProperty } from "../../src/adapters/redact.ts";

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

  it("takes a backslash in plain text for what it is", () => {
    expect(withoutEmails(String.raw`\mira@example.com, "bo@ci.example.org"`)).to.equal(
      String.raw`\[redacted], "[redacted]"`,
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
