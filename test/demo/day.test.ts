import { expect } from "chai";
import { getAdapter } from "../../src/adapters/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import type { Observation } from "../../src/core/model.ts";
import { inventDay, inventSpan, createAuthHeaders } from "../../src/demo/deliveries.ts";
import { createRandom } from "../../src/demo/random.ts";
import type { DemoDelivery } from "../../src/demo/story.ts";
import { fold, total, type Folded } from "../support/model/fold.ts";

const now = Date.UTC(2026, 10, 20, 21, 7, 13, 250);
const providers = ["gitlab", "tekton", "jenkins", "github"] as const;
const day = inventDay({ seed: 1, now, runs: 300 });

function createRequest({ headers, body }: DemoDelivery, more: RawRequest["headers"] = {}): RawRequest {
  return { headers: { ...headers, ...more }, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: now };
}

function parseObservations(deliveries: readonly DemoDelivery[]): Observation[] {
  return deliveries.flatMap((delivery) => {
    const parsed = getAdapter(delivery.provider).parse(createRequest(delivery), delivery.provider);
    if (parsed.kind === "code") return [];
    if (parsed.kind !== "observed" || parsed.problems !== undefined) throw new Error(JSON.stringify(parsed));
    return [...parsed.observations];
  });
}

const folded = fold(parseObservations(day.deliveries));
const count = (metric: string, labels: Record<string, string>) => total(folded, `cicd_${metric}_total`, labels);

/** A played job adds to the duration of a run that was counted already; the order decides which one is observed. */
function withoutPlayed({ totals }: Folded): [string, number][] {
  const observed = /^cicd_pipeline_run_duration_seconds\{provider="gitlab".*_sum$/;
  return Object.entries(totals).filter(([name]) => !observed.test(name));
}

describe("an invented day", () => {
  it("is the same for the same seed and moment, and another for other seeds, dates and numbers of runs", () => {
    expect(inventDay({ seed: 1, now, runs: 300 })).to.deep.equal(day);

    const [first] = day.deliveries;
    for (const other of [
      { seed: 2, now, runs: 300 },
      { seed: 1, now: now + 2 * 86_400_000, runs: 300 },
      { seed: 1, now, runs: 299 },
    ]) {
      const ids = new Set(inventDay(other).deliveries.map(({ body }) => body));
      expect(ids.has(first?.body ?? "")).to.be.false;
    }
  });

  it("lies within the 24 hours before now, in order", () => {
    const moments = day.deliveries.map(({ at }) => at);

    expect(moments).to.deep.equal(moments.toSorted((a, b) => a - b));
    expect(moments[0]).to.be.at.least(now - 86_400_000 - 1000);
    expect(moments.at(-1))
      .to.be.at.most(now)
      .and.at.least(now - 3_600_000);
    for (let hour = 1; hour <= 24; hour++) {
      const from = now - hour * 3_600_000;
      expect(
        moments.some((at) => at >= from && at < from + 3_600_000),
        `${hour} hours ago`,
      ).to.be.true;
    }
  });

  it("says nothing that happens after now", () => {
    for (const { queuedAt = 0, startedAt = 0, facts, jobs = [] } of parseObservations(day.deliveries)) {
      const moments = [queuedAt, startedAt, facts.finishedAt ?? 0];
      for (const job of jobs) moments.push(job.queuedAt ?? 0, job.startedAt ?? 0, job.facts.finishedAt ?? 0);
      expect(Math.max(...moments)).to.be.at.most(now);
    }
  });

  it("has as many runs as were asked for, and what is started again on top", () => {
    for (const runs of [1, 9, 300]) {
      const invented = inventDay({ seed: 3, now, runs }).runs;
      expect(invented.filter(({ repeats }) => repeats === undefined)).to.have.length(runs);
    }
    expect(new Set(inventDay({ seed: 3, now, runs: 9 }).runs.map(({ plan }) => plan.provider))).to.have.property(
      "size",
      4,
    );
  });

  it("gives every delivery a key of its own, or a body of its own", () => {
    const keys = day.deliveries.map(
      (delivery) => getAdapter(delivery.provider).deliveryKey(createRequest(delivery)) ?? delivery.body,
    );

    expect(new Set(keys).size).to.equal(keys.length);
  });

  for (const provider of providers) {
    it(`is sent by a ${provider} that has the secret`, async () => {
      const adapter = getAdapter(provider);
      const delivery = day.deliveries.find((one) => one.provider === provider) as DemoDelivery;

      const proven = createRequest(delivery, createAuthHeaders(delivery, "s3cret"));
      const other = createRequest(delivery, createAuthHeaders(delivery, "another"));

      expect(await adapter.verify(proven, ["old", "s3cret"])).to.be.true;
      expect(await adapter.verify(other, ["old", "s3cret"])).to.be.false;
      expect(await adapter.verify(createRequest(delivery), ["old", "s3cret"])).to.be.false;
    });

    it(`looks like life at ${provider}`, () => {
      const labels = { provider };
      const runs = count("pipeline_runs", labels);

      expect(count("pipeline_runs", { ...labels, result: "success" }) / runs).to.be.within(0.5, 0.9);
      expect(count("pipeline_runs", { ...labels, result: "failure" })).to.be.above(0);
      if (provider === "jenkins") return;
      expect(count("job_runs", labels)).to.be.above(runs);
      expect(count("pipeline_run_restarts", labels)).to.be.above(0);
    });
  }

  it("has a flaky job, tries of jobs, runs that recovered, what was cancelled and skipped and ran out of time", () => {
    for (const provider of ["gitlab", "github"]) expect(count("pipeline_runs_recovered", { provider })).to.be.above(0);
    for (const provider of ["gitlab", "tekton"]) expect(count("job_retries", { provider })).to.be.above(0);
    for (const result of ["cancellation", "skip", "timeout", "error"])
      expect(count("pipeline_runs", { result }), result).to.be.above(0);
    const flaky = { job_name: "rspec 2/2" };
    const share = count("job_runs", { ...flaky, result: "failure" }) / count("job_runs", flaky);
    expect(share).to.be.within(0.05, 0.35);
  });

  it("breaks one default branch in the evening, until it is mended", () => {
    const onMain = day.runs.filter(({ plan, isDefault }) => plan.project === "demo/shop/checkout" && isDefault);
    const getHour = (at: number) => new Date(at).getUTCHours();
    const evening = onMain.filter(({ at }) => getHour(at) >= 17 && getHour(at) < 20);

    expect(evening).to.not.be.empty;
    expect(
      evening.filter(({ attempts }) => attempts.some(({ outcome, played }) => outcome === "success" && !played)),
    ).to.deep.equal([]);
    expect(onMain.some(({ at, attempts }) => getHour(at) < 17 && attempts[0].outcome === "success")).to.be.true;
  });

  it("has a nightly that takes hours, where it does not fail early", () => {
    const { runs } = inventSpan({ seed: 1, runs: 20 }, { from: now - 9 * 86_400_000, until: now, now });
    const nightlies = runs.filter(
      ({ plan, repeats }) => plan.project === "demo/mobile/device-lab" && repeats === undefined,
    );
    const times = nightlies.map(({ attempts: [{ startedAt, endedAt }] }) => endedAt - (startedAt ?? endedAt));

    expect(nightlies.map(({ cause }) => cause)).to.deep.equal(Array.from({ length: 9 }, () => "schedule"));
    expect(times.filter((millis) => millis > 3_600_000).length).to.be.above(4);
  });

  it("has deployments, merges and pushes that form a chain, of GitHub", () => {
    const events = day.deliveries.flatMap((delivery) => {
      const parsed = getAdapter(delivery.provider).parse(createRequest(delivery), delivery.provider);
      return delivery.provider === "github" && "codeEvents" in parsed ? (parsed.codeEvents ?? []) : [];
    });
    const list = (kind: string) =>
      events.filter((event) => event.kind === kind).map(({ facts }) => facts as Record<string, unknown>);

    const [deployments, changes, pushes] = [list("deployment"), list("change"), list("push")];
    expect(new Set(deployments.map(({ environment }) => environment))).to.deep.equal(
      new Set(["production", "preview"]),
    );
    expect(deployments.map(({ result }) => result)).to.include.members([null, "success"]);
    expect(new Set(changes.map(({ status }) => status))).to.deep.equal(new Set(["open", "merged"]));
    expect(changes.map(({ revert, hotfix }) => [revert, hotfix])).to.deep.include.members([
      [true, false],
      [false, true],
    ]);
    expect(pushes.length).to.be.above(5);
    for (const [i, { before }] of pushes.entries()) if (i > 0) expect(before).to.equal(pushes[i - 1]?.["after"]);
    for (const { after } of pushes) expect(changes.map(({ mergeSha }) => mergeSha)).to.include(after);
  });

  it("has runners, steps, tries, environments and Tekton's graph", () => {
    const jobs = Object.values(folded.runs).flatMap((run) => [...run.jobs.values()].map((job) => job.folded.facts));
    for (const fact of ["runnerClass", "steps", "failedStep", "exitCode", "tries", "environment"] as const)
      expect(
        jobs.some((facts) => (facts[fact] ?? null) !== null),
        fact,
      ).to.be.true;
    const graphs = Object.values(folded.runs).flatMap((run) => run.folded.facts.graph ?? []);
    expect(graphs.map((graph) => JSON.parse(graph) as unknown)).to.deep.include({
      fetch: [],
      unit: ["fetch"],
      vet: ["fetch"],
      image: ["unit", "vet"],
      "deploy-staging": ["image"],
      notify: ["*"],
    });
  });

  it("comes to the same in any order", () => {
    const random = createRandom("shuffled");
    const shuffled = day.deliveries.map((delivery) => [random.next(), delivery] as const).toSorted(([a], [b]) => a - b);

    const again = fold(parseObservations(shuffled.map(([, delivery]) => delivery)));

    expect(withoutPlayed(again)).to.deep.equal(withoutPlayed(folded));
  });

  it("has all of this with other seeds, too", () => {
    for (const seed of [2, 3]) {
      const other = fold(parseObservations(inventDay({ seed, now, runs: 150 }).deliveries));
      for (const metric of ["pipeline_run_restarts", "pipeline_runs_recovered", "job_retries"])
        expect(total(other, `cicd_${metric}_total`), `${metric} of seed ${seed}`).to.be.above(0);
    }
  });
});
