import { expect } from "chai";
import { createTaskClassifier, defaultTaskRules, type TaskRule } from "../../src/core/task-type.ts";
import type { TaskType } from "../../src/core/model.ts";

const byDefault: readonly [string, string | null | undefined, TaskType | null][] = [
  ["compile", "build", "build"],
  ["build-e2e", "test", "build"],
  ["build-e2e", null, "build"],
  ["integration", "test", "test"],
  ["coverage", "test", null],
  ["lint", "test", null],
  ["unit", "test", null],
  ["unit tests", "test", "test"],
  ["release", "deploy", "deploy"],
  ["compile", "Build", null],
  ["compile", "build ", null],
  ["compile", undefined, null],
  ["build", null, null],
  ["", "", null],
  ["__proto__", "constructor", null],
];

const wild: readonly [string, string, boolean][] = [
  ["*", "", true],
  ["*", "anything", true],
  ["deploy*", "deploy", true],
  ["deploy*", "deploy-eu", true],
  ["deploy*", "redeploy", false],
  ["*deploy", "redeploy", true],
  ["*deploy", "deploys", false],
  ["*-*", "a-b", true],
  ["*-*", "ab", false],
  ["a*b*c", "abc", true],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["ab*ba", "aba", false],
  ["a**b", "ab", true],
  ["*x*x", "x", false],
  [".*", "x", false],
  ["a.c", "abc", false],
];

describe("task types", () => {
  const classify = createTaskClassifier(defaultTaskRules);

  for (const [name, stage, type] of byDefault) {
    it(`job "${name}" of stage ${JSON.stringify(stage) ?? "unknown"}: ${type ?? "none"}`, () => {
      expect(classify({ name, stage })).to.equal(type);
    });
  }

  for (const [pattern, name, fits] of wild) {
    it(`"${pattern}" ${fits ? "fits" : "does not fit"} "${name}"`, () => {
      expect(createTaskClassifier([{ type: "deploy", jobs: [pattern] }])({ name })).to.equal(fits ? "deploy" : null);
    });
  }

  it("lets the first rule that fits decide", () => {
    const rules: TaskRule[] = [
      { type: "test", jobs: ["smoke*"] },
      { type: "deploy", stages: ["*"] },
    ];

    expect(createTaskClassifier(rules)({ name: "smoke eu", stage: "production" })).to.equal("test");
    expect(createTaskClassifier(rules)({ name: "ship", stage: "production" })).to.equal("deploy");
  });

  it("goes on to the next rule where a name is excepted", () => {
    const rules: TaskRule[] = [
      { type: "test", stages: ["verify"], except: ["*-image"] },
      { type: "build", jobs: ["*-image"] },
    ];

    expect(createTaskClassifier(rules)({ name: "cart-image", stage: "verify" })).to.equal("build");
  });

  it("stays right for more names than it remembers, and takes no time over hostile ones", () => {
    const rules: TaskRule[] = [{ type: "test", jobs: [`${"*a".repeat(50)}*b`] }];
    const hostile = createTaskClassifier(rules);
    const name = "a".repeat(1000);

    for (let i = 0; i < 12_000; i++) expect(classify({ name: `job ${i}`, stage: "test" })).to.equal("test");
    expect(classify({ name: "coverage", stage: "test" })).to.equal(null);
    for (let i = 0; i < 1000; i++) expect(hostile({ name: `${name}${i}` })).to.equal(null);
  });

  it("has no type for anything where there are no rules", () => {
    expect(createTaskClassifier([])({ name: "compile", stage: "build" })).to.equal(null);
  });
});
