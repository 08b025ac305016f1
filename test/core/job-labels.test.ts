import { expect } from "chai";
import { labelJob, labelResult } from "../../src/core/job-labels.ts";
import { cutLabel, joinLabels } from "../../src/core/series.ts";

describe("labelJob", () => {
  const run = joinLabels("gitlab", "shop/cart", "checkout");

  it("joins the labels of a job, and those with each result", () => {
    const labels = labelJob(run, "test", "unit", "test");
    expect(labels.labels).to.equal(joinLabels(run, "test", "unit", "test"));
    expect(labelResult(labels, "success")).to.equal(joinLabels(run, "test", "unit", "test", "success"));
    expect(labelResult(labels, "failure")).to.equal(joinLabels(run, "test", "unit", "test", "failure"));
    expect(labelResult(labels, "success")).to.equal(joinLabels(run, "test", "unit", "test", "success"));
  });

  it("joins them again where a job of the same name has another stage, task type or run", () => {
    const other = joinLabels("gitlab", "shop/cart", "nightly");
    expect(labelJob(run, "test", "lint", null).labels).to.equal(joinLabels(run, "test", "lint", ""));
    expect(labelJob(run, "check", "lint", null).labels).to.equal(joinLabels(run, "check", "lint", ""));
    expect(labelJob(run, "check", "lint", "test").labels).to.equal(joinLabels(run, "check", "lint", "test"));
    expect(labelJob(other, "check", "lint", "test").labels).to.equal(joinLabels(other, "check", "lint", "test"));
    expect(labelJob(run, null, "lint", null).labels).to.equal(joinLabels(run, "", "lint", ""));
    expect(labelJob(run, "test", "lint", null).labels).to.equal(joinLabels(run, "test", "lint", ""));
  });

  it("cuts the name of a job where it is too long for a label", () => {
    const name = "x".repeat(200);
    for (const _ of [1, 2])
      expect(labelJob(run, "test", name, null).labels).to.equal(joinLabels(run, "test", cutLabel(name), ""));
  });

  it("stays right for more jobs than it keeps", () => {
    for (const round of [1, 2])
      for (let i = 0; i < 5500; i++) {
        const { labels } = labelJob(run, "test", `job ${i}`, null);
        if (labels !== joinLabels(run, "test", `job ${i}`, "")) expect.fail(`round ${round}, job ${i}: ${labels}`);
      }
  });

  it("keeps the labels of a job, but not those of every job that it ever labelled", () => {
    const first = labelJob(run, "test", "first", null);
    expect(labelJob(run, "test", "first", null)).to.equal(first);
    for (let i = 0; i < 5000; i++) labelJob(run, "test", `other ${i}`, null);
    expect(labelJob(run, "test", "first", null)).not.to.equal(first);
  });

  it("keeps the labels of no more jobs where they are those of many runs", () => {
    const first = labelJob(run, "test", "first", null);
    expect(labelJob(run, "test", "first", null)).to.equal(first);
    for (let i = 0; i < 5000; i++) labelJob(joinLabels("gitlab", "shop/cart", `pipeline ${i}`), "test", "unit", null);
    expect(labelJob(run, "test", "first", null)).not.to.equal(first);
  });
});
