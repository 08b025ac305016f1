import { expect } from "chai";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requireCaptures } from "./captures.ts";
import { freshFolder } from "./folder.ts";
import { createContext, Skipped } from "./tools-context.ts";

describe("captures that tests need", () => {
  const folder = freshFolder();
  const { CI, PIPEGAUGE_TEST_CAPTURES } = process.env;

  afterEach(() => {
    for (const [name, value] of Object.entries({ CI, PIPEGAUGE_TEST_CAPTURES })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("are those of one provider, or of all", () => {
    mkdirSync(join(folder(), "gitlab"));
    process.env["PIPEGAUGE_TEST_CAPTURES"] = folder();
    const context = createContext({ title: "reads" });

    expect(requireCaptures.call(context, "gitlab")).to.equal(join(folder(), "gitlab"));
    expect(join(requireCaptures.call(context), ".")).to.equal(join(folder(), "."));
  });

  for (const ci of ["false", "true"]) {
    it(`leave a test pending with the reason where the variable is not set (CI=${ci})`, () => {
      process.env["CI"] = ci;
      delete process.env["PIPEGAUGE_TEST_CAPTURES"];
      const test = { title: "reads" };

      expect(() => requireCaptures.call(createContext(test), "gitlab")).to.throw(Skipped);
      expect(test.title).to.equal("reads [pending: PIPEGAUGE_TEST_CAPTURES is not set, see CONTRIBUTING.md]");
    });
  }

  it("fail where the variable names a folder that does not have them", () => {
    process.env["PIPEGAUGE_TEST_CAPTURES"] = folder();

    expect(() => requireCaptures.call(createContext({ title: "reads" }), "gitlab")).to.throw(
      `PIPEGAUGE_TEST_CAPTURES is ${folder()}, but there is no folder ${join(folder(), "gitlab")}`,
    );
  });
});
