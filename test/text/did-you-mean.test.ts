import { expect } from "chai";
import { didYouMean } from "../../src/text/did-you-mean.ts";

describe("nearest name", () => {
  const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ["srve", ["serve", "demo"], "serve"],
    ["check", ["check-config", "healthcheck"], undefined],
    ["checkconfig", ["check-config", "healthcheck"], "check-config"],
    ["GITLAB_TOKEN", ["API_TOKEN", "GITLAB_SECRET"], "GITLAB_SECRET"],
    ["x", ["serve"], undefined],
    ["", ["serve"], undefined],
    ["serve", ["serve"], "serve"],
  ];

  for (const [name, candidates, meant] of cases) {
    it(`${JSON.stringify(name)} among ${candidates.join(", ")} is ${meant ?? "none"}`, () => {
      expect(didYouMean(name, candidates)).to.equal(meant);
    });
  }
});
