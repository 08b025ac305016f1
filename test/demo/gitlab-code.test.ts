import { expect } from "chai";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import type { CodeEvent } from "../../src/core/code-event.ts";
import type { JobFacts } from "../../src/core/model.ts";
import { inventDay } from "../../src/demo/deliveries.ts";

const now = Date.UTC(2026, 10, 20, 21, 7, 13, 250);

describe("an invented day, what GitLab sends besides runs", () => {
  const parsed = inventDay({ seed: 1, now, runs: 300 })
    .deliveries.filter(({ provider }) => provider === "gitlab")
    .map(({ headers, body }) =>
      gitlab.parse({ headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: now }, "gitlab"),
    );
  const events = parsed.flatMap((one) => (one.kind === "code" ? one.codeEvents : []));
  const list = (kind: CodeEvent["kind"]) =>
    events.filter((event) => event.kind === kind).map(({ facts }) => facts as Readonly<Record<string, unknown>>);

  it("is all understood", () => {
    expect(new Set(parsed.map(({ kind }) => kind))).to.deep.equal(new Set(["observed", "code"]));
  });

  it("has deployments to environments of every tier, with their ends", () => {
    const deployments = list("deployment");

    const tiers = new Set(deployments.map(({ tier }) => tier));
    expect(tiers).to.deep.equal(new Set(["staging", "production", "development"]));
    expect(deployments.map(({ result }) => result)).to.include.members([null, "success"]);
  });

  it("has merges, and pushes that form a chain in each project", () => {
    const merged = list("change").map(({ mergeSha }) => mergeSha);
    const heads = new Map<unknown, unknown>();

    for (const { project, before, after } of list("push")) {
      expect(merged).to.include(after);
      if (heads.has(project)) expect(before).to.equal(heads.get(project));
      heads.set(project, after);
    }

    expect(heads.size).to.be.above(1);
    expect(list("change").some(({ revert }) => revert === true)).to.be.true;
  });

  it("has kinds of runners, environments, gates and changes", () => {
    const observations = parsed.flatMap((one) => (one.kind === "observed" ? one.observations : []));
    const jobs = observations.flatMap((observation) => (observation.jobs ?? []).map(({ facts }) => facts));
    const has = (fact: keyof JobFacts, value?: unknown) =>
      jobs.some((facts) => (value === undefined ? facts[fact] !== undefined : facts[fact] === value));

    expect([has("runnerClass", "large,linux"), has("environment", "production")]).to.deep.equal([true, true]);
    expect([has("gate", "manual"), has("gatedAt")]).to.deep.equal([true, true]);
    expect(observations.some(({ facts }) => facts.change !== undefined && facts.change !== null)).to.be.true;
  });
});
