import { expect } from "chai";
import { parseTemplateName } from "../../src/metrics/legacy-names.ts";
import { renderLegacy } from "../../src/metrics/legacy.ts";
import { counterRow } from "./snapshots.ts";

describe("the name of a template's metrics", () => {
  const names: readonly (readonly [given: string, name: string | null])[] = [
    ["dotnet:build", "dotnet_build"],
    ["dotnet:build:x", "dotnet_build"],
    ["a:b_c", "a_b"],
    [":build", "_build"],
    [":", null],
    ["pipeline:run", null],
  ];
  for (const [given, name] of names) {
    it(`of ${given} is ${name ?? "refused"}, because Prometheus reserves colons for recording rules`, () => {
      const result = parseTemplateName(given);

      expect(result.ok ? result.value : null).to.equal(name);
    });
  }

  it("keeps a colon under which a template was counted before, because no series may vanish", () => {
    const rows = ["dotnet:build", "a:b_c"].map((name) => counterRow("templateUses", [name, "p", "success"], 1));

    const text = renderLegacy(rows, "text");

    expect(text)
      .to.match(/^ci_dotnet:build_total\{/m)
      .and.match(/^ci_a:b_c_total\{/m);
  });
});
