import { expect } from "chai";
import { readDriverMessage } from "../../src/core/errors.ts";

describe("the message of the database", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["after a statement", new Error("insert into runs (a) values ($1) - value too long"), "value too long"],
    ["after a very long one", new Error(`select ${"a, ".repeat(5000)} - out of range`), "out of range"],
    ["after one that subtracts", new Error("select a - b - division by zero"), "division by zero"],
    ["without a statement", new Error("connect ECONNREFUSED 127.0.0.1:5432"), "connect ECONNREFUSED 127.0.0.1:5432"],
    ["on several lines", new Error("select 1 - first\n  second\tthird "), "first second third"],
    ["as no error at all", "some text", "some text"],
  ];

  for (const [name, error, words] of cases) {
    it(`is found ${name}`, () => {
      expect(readDriverMessage(error)).to.equal(words);
    });
  }

  it("is cut, and stays whole text", () => {
    expect(readDriverMessage(new Error(`a - ${"b".repeat(400)}`))).to.have.length(300);
    expect(readDriverMessage(new Error(`a - ${"😀".repeat(3)}`), 3)).to.equal("😀\uFFFD");
  });
});
