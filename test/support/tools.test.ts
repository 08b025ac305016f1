import { expect } from "chai";
import { createContext, Skipped } from "./tools-context.ts";
import { requireTool, toolPath } from "./tools.ts";

const missing = "no-such-tool-anywhere";

describe("tools that tests need", () => {
  const ci = process.env["CI"];

  afterEach(() => {
    if (ci === undefined) delete process.env["CI"];
    else process.env["CI"] = ci;
  });

  it("finds an executable on the path, and nothing else", () => {
    expect(toolPath("node")).to.match(/node$/);
    expect(toolPath(missing)).to.equal(undefined);
  });

  it("leaves a test pending with the reason where the tool is missing", () => {
    delete process.env["CI"];
    const test = { title: "lints" };

    expect(() => requireTool.call(createContext(test), missing)).to.throw(Skipped);
    expect(test.title).to.equal(`lints [pending: ${missing} is not installed]`);
  });

  it("fails on CI where the tool is missing", () => {
    process.env["CI"] = "true";

    expect(() => requireTool.call(createContext({ title: "lints" }), missing)).to.throw(`${missing} is not installed`);
  });
});
