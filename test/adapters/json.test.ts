import { expect } from "chai";
import { decodeJson } from "../../src/adapters/json.ts";

describe("JSON of a delivery", () => {
  const list = (item: string, count: number) => Buffer.from(`[${Array(count).fill(item).join(",")}]`);

  it("is parsed up to a million values, however they are written", () => {
    expect(decodeJson(list("1", 999_999))).to.have.property("ok", true);
    expect(decodeJson(list('",[{"', 900_000)), "commas and brackets in texts are none").to.have.property("ok", true);
  });

  for (const item of ["1", "{}", "[]", '{"a":1}'])
    it(`is refused before it is parsed with more of ${item}`, () => {
      expect(decodeJson(list(item, 1_000_001))).to.deep.equal({
        ok: false,
        problems: ["body has more than 1000000 values"],
      });
    });

  it("is refused where it nests deeper than any payload", () => {
    const deep = Buffer.from(`${" ".repeat(40_000)}${"[".repeat(65)}${"]".repeat(65)}`);

    expect(decodeJson(deep)).to.deep.equal({ ok: false, problems: ["body nests deeper than 64 levels"] });
  });
});
