import { expect } from "chai";
import { joinTexts, readId, readMember, readName, readText } from "../../src/adapters/optional-fields.ts";

describe("fields that only add to a run or job", () => {
  it("are read where they have the expected form, and are left out otherwise", () => {
    expect([
      readMember({ a: 1 }, "a"),
      readMember([1], "a"),
      readMember(null, "a"),
      readMember("a", "length"),
    ]).to.deep.equal([1, undefined, undefined, undefined]);
    expect([readText("x"), readText(""), readText(7), readText(null)]).to.deep.equal([
      "x",
      undefined,
      undefined,
      undefined,
    ]);
    expect([readId(7), readId("7a"), readId(0), readId(1.5), readId({})]).to.deep.equal([
      "7",
      "7a",
      undefined,
      undefined,
      undefined,
    ]);
    expect(readName("review/mira@example.com")).to.equal("review/[redacted]");
  });

  it("are joined as a list in one order, the same every time, and for more lists than are cached", () => {
    expect([joinTexts(["linux", "docker"]), joinTexts(["docker", "linux"])]).to.deep.equal(
      Array(2).fill("docker,linux"),
    );
    expect([joinTexts([]), joinTexts([""]), joinTexts("linux"), joinTexts(["linux", 7])]).to.deep.equal(
      Array(4).fill(undefined),
    );
    for (let i = 0; i < 3000; i++) joinTexts([`pool-${i}`, "a"]);
    expect(joinTexts(["pool-2", "a"])).to.equal("a,pool-2");
  });
});
