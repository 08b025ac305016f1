import { expect } from "chai";
import { nameChild } from "../../src/core/name-child.ts";
import { cutLabel } from "../../src/core/series.ts";

describe("nameChild", () => {
  it("names a child after its parent and what it is called there", () => {
    expect(nameChild("shop/cart", "child")).to.equal("shop/cart ▸ child");
  });

  it("keeps the mark, and two names apart, however long both parts are", () => {
    const names = ["a", "b"].flatMap((end) => [
      nameChild(`${"group/".repeat(40)}${end}`, "child"),
      nameChild("shop/cart", `${"deploy ".repeat(30)}${end}`),
      nameChild(`${"group/".repeat(40)}${end}`, `${"deploy ".repeat(30)}${end}`),
    ]);

    expect(new Set(names).size).to.equal(6);
    for (const name of names) {
      expect(name).to.match(/^.+ ▸ .+$/);
      expect(cutLabel(name), "fits a label").to.equal(name);
    }
  });
});
