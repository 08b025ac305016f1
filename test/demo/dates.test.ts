import { expect } from "chai";
import { getAdapter } from "../../src/adapters/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import { inventDay, inventSpan } from "../../src/demo/deliveries.ts";
import type { DemoDelivery } from "../../src/demo/story.ts";

const [hour, day] = [3_600_000, 86_400_000];
const now = Date.UTC(2026, 10, 20, 21, 7, 13, 250);
const options = { seed: 1, runs: 100 };

function createRequest({ headers, body, at }: DemoDelivery): RawRequest {
  return { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: at };
}

/** The ids of all runs that deliveries are about, each with its project. */
function listRuns(deliveries: readonly DemoDelivery[]): Map<string, string> {
  return new Map(
    deliveries.flatMap((delivery) => {
      const parsed = getAdapter(delivery.provider).parse(createRequest(delivery), delivery.provider);
      if (parsed.kind !== "observed") return [];
      return parsed.observations.map(({ run, facts }) => [`${delivery.provider} ${run}`, facts.project ?? ""] as const);
    }),
  );
}

describe("invented days that follow each other", () => {
  const today = inventDay({ ...options, now });

  it("share what both of them contain, to the byte", () => {
    const later = inventDay({ ...options, now: now + 5 * hour });

    const sent = new Set(today.deliveries.map(({ body }) => body));
    const added = later.deliveries.filter(({ body }) => !sent.has(body));
    expect(added.length).to.be.within(1, later.deliveries.length / 2);
    expect(added.filter(({ at }) => at <= now)).to.deep.equal([]);
  });

  it("have no run in common a day later", () => {
    const tomorrow = listRuns(inventDay({ ...options, now: now + day }).deliveries);

    const common = [...listRuns(today.deliveries).keys()].filter((id) => tomorrow.has(id));
    expect(common).to.deep.equal([]);
    expect(tomorrow.size).to.be.above(90);
  });

  it("add up to one span, with numbers that grow", () => {
    const first = Math.floor(now / day) * day - 6 * day;
    const span = inventSpan(options, { from: first - 1, until: now, now });
    const parts = Array.from({ length: 7 }, (_, i) =>
      inventSpan(options, { from: first + i * day - 1, until: Math.min(now, first + (i + 1) * day - 1), now }),
    );

    const sort = (all: readonly DemoDelivery[]) => all.map(({ body }) => body).toSorted();
    expect(sort(parts.flatMap(({ deliveries }) => deliveries))).to.deep.equal(sort(span.deliveries));
    const numbers = span.deliveries
      .filter(({ headers }) => headers["x-github-event"] === "workflow_run")
      .map(({ body }) => JSON.parse(body) as { workflow_run: { id: number; run_number: number; created_at: string } })
      .map(({ workflow_run: { id, run_number, created_at } }) => [created_at.slice(0, 10), id, run_number] as const);
    for (const [date, id, number] of numbers)
      for (const [other, otherId, otherNumber] of numbers)
        if (date < other) expect([id < otherId, number < otherNumber], `${date} ${other}`).to.deep.equal([true, true]);
  });

  it("are of projects that begin with demo/, whatever the provider", () => {
    const projects = [...new Set(listRuns(today.deliveries).values())].filter((project) => project !== "");

    expect(projects).to.have.length(7);
    expect(projects.filter((project) => !project.startsWith("demo/"))).to.deep.equal([]);
  });

  it("have fewer runs where a date has a smaller share", () => {
    const { runs } = inventDay({ ...options, now, getShare: () => 0.25 });

    expect(runs.filter(({ repeats }) => repeats === undefined)).to.have.length(25);
  });
});
