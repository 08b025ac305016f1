import { expect } from "chai";
import { observations, parseBuild } from "../support/payloads/jenkins.ts";

describe("jenkins adapter: the change of a build", () => {
  const getChange = (job: string, branch?: string) => {
    const build = { url: `${job}4/`, phase: "STARTED", timestamp: 1_795_172_400_000, scm: { branch } };
    return observations(parseBuild(build, { url: job }))[0].facts.change;
  };

  it("is the number in the name of a change request's job", () => {
    expect(getChange("job/shop/job/web/job/PR-318/")).to.equal("318");
    expect(getChange("job/shop/job/web/job/MR-12-merge/")).to.equal("12");
    expect(getChange("job/shop/job/web/job/main/")).to.equal(null);
    expect(getChange("job/shop/job/web/job/PRETTY-1/", "origin/main")).to.equal(null);
  });

  it("is the number in the ref that an ordinary job checked out", () => {
    expect(getChange("job/review/", "refs/pull/7/head")).to.equal("7");
    expect(getChange("job/review/", "origin/PR-8")).to.equal("8");
    expect(getChange("job/review/", "merge-requests/9/merge")).to.equal("9");
    expect(getChange("job/review/", "refs/tags/v1.2")).to.equal(null);
    expect(getChange("job/review/", "origin/main")).to.equal(null);
    expect(getChange("job/review/")).to.equal(undefined);
  });
});
