import { expect } from "chai";
import * as fc from "fast-check";
import { namePipeline } from "../../src/adapters/github/names.ts";
import { fold, permutations, total } from "../support/model/fold.ts";
import { parseFixtures } from "../support/payloads/github.ts";

const run = { id: 1, status: "completed", updated_at: "2026-11-20T09:14:03Z" };
const repository = { full_name: "northwind/storefront" };

function getLabel(name: string | null, path: string | null, title = name): string | undefined {
  const workflow = name === null ? null : { name, path };
  return namePipeline({ workflow, workflow_run: { ...run, name: title, path }, repository });
}

describe("github adapter: what a pipeline is called", () => {
  const labels: [name: string | null, path: string | null, label: string | undefined][] = [
    ["CI", ".github/workflows/ci.yml", "CI"],
    ["CI", ".github/workflows/web.yml", "CI (web.yml)"],
    ["CI", ".github/workflows/ci.yaml", "CI (ci.yaml)"],
    ["Build & test", ".github/workflows/build-test.yml", "Build & test"],
    ["Prüfung", ".github/workflows/prüfung.yml", "Prüfung"],
    [
      "CI",
      "northwind/policies/.github/workflows/ci.yml@refs/heads/main",
      "CI (northwind/policies/.github/workflows/ci.yml)",
    ],
    [".github/workflows/ci.yml", ".github/workflows/ci.yml", ".github/workflows/ci.yml"],
    ["CodeQL", "dynamic/github-code-scanning/codeql", "CodeQL"],
    ["CI", null, "CI"],
    ["", ".github/workflows/ci.yml", "ci.yml"],
    ["", "", undefined],
  ];
  for (const [name, path, label] of labels) {
    it(`${JSON.stringify(name)} in ${JSON.stringify(path)} is ${JSON.stringify(label)}`, () => {
      expect(getLabel(name, path)).to.equal(label);
    });
  }

  it("does not take the title of a single run while the workflow has a name", () => {
    expect(getLabel("Deploy", ".github/workflows/deploy.yml", "Deploy 4be1d60 by mira-voss")).to.equal("Deploy");
  });

  it("never calls two files of one name alike", () => {
    const name = fc.string({ minLength: 1, maxLength: 12 });
    const file = fc.oneof(
      fc.constantFrom("ci.yml", "ci.yaml", "c-i.yml", "-ci.yml", "CI.yml"),
      fc.stringMatching(/^[a-c-]{1,3}\.ya?ml$/),
    );
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom("CI", "ci", "a b", "a-b"), name), file, file, (of, one, other) => {
        fc.pre(one !== other);
        const [a, b] = [one, other].map((f) => getLabel(of, `.github/workflows/${f}`));
        expect(a).to.not.equal(b);
      }),
    );
  });

  it("tells two files of one name apart in every order, their jobs too", () => {
    const names = ["run-succeeded", "job-succeeded", "run-of-another-file-of-the-same-name", "job-of-another-file"];
    for (const order of permutations(parseFixtures(...names))) {
      const folded = fold([...order, ...order]);
      for (const [pipeline, result] of Object.entries({ Checks: "success", "Checks (web.yml)": "failure" })) {
        expect(total(folded, "cicd_pipeline_runs_total", { pipeline, result })).to.equal(1);
        expect(total(folded, "cicd_job_runs_total", { pipeline })).to.equal(1);
      }
      expect(total(folded, "cicd_pipeline_runs_total")).to.equal(2);
    }
  });
});
