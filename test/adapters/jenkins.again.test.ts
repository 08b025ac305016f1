import { expect } from "chai";
import { randomFrom, shuffled } from "../support/random.ts";
import { fold, permutations, total, type Folded } from "../support/model/fold.ts";
import {
  delivery,
  observed,
  onlyRun,
  root,
  runs,
  start,
  waysToArrive,
  type Delivery,
} from "../support/payloads/jenkins.ts";

const minute = 60_000;
const day = 86_400_000;

interface Life {
  readonly begun: number;
  readonly item?: number | undefined;
  readonly status?: string;
  readonly duration?: number;
  readonly waited?: number;
  readonly finalizedAfter?: number;
}

/** The four deliveries of one build, from its entry into the queue to its end. */
function createLife({ begun, item, status = "SUCCESS", duration = minute, waited = 7000, finalizedAfter = 400 }: Life) {
  const ended = begun + duration;
  const observation = (phase: string, timestamp: number, more: object = {}) =>
    delivery({ phase, timestamp, duration: 0, ...(item === undefined ? {} : { queue_id: item }), ...more });
  return {
    queued: observation("QUEUED", begun - waited),
    started: observation("STARTED", begun),
    completed: observation("COMPLETED", ended, { duration, status }),
    finalized: observation("FINALIZED", ended + finalizedAfter, { duration, status }),
  };
}

/** Some hundred orders, half of them with every delivery twice. */
function someOrders(deliveries: readonly Delivery[]): Delivery[][] {
  const random = randomFrom(7);
  return Array.from({ length: 300 }, (_, i) =>
    shuffled(i % 2 === 0 ? deliveries : [...deliveries, ...deliveries], random),
  );
}

function whatItComesTo(folded: Folded) {
  const { folded: latest, restarts, recovered } = onlyRun(folded);
  return { totals: folded.totals, facts: latest.facts, at: [latest.queuedAt, latest.startedAt], restarts, recovered };
}

describe("jenkins adapter: a job that was deleted and made again", () => {
  for (const [gap, later] of [
    ["forty minutes", 40 * minute],
    ["one second", minute + 1000],
    ["thirty days", 30 * day],
  ] as const) {
    it(`counts both builds of one number, ${gap} apart, in every order`, () => {
      const old = createLife({ begun: start, status: "FAILURE" });
      const young = createLife({ begun: start + later });
      for (const arrived of waysToArrive([old.completed, old.finalized, young.completed, young.finalized])) {
        const folded = fold(arrived);
        expect([runs(folded, "failure"), runs(folded, "success")]).to.deep.equal([1, 1]);
        expect(observed(folded, "duration", "sum")).to.equal(120);
        expect(total(folded, "cicd_pipeline_runs_recovered_total")).to.equal(0);
        const { folded: latest, restarts } = onlyRun(folded);
        expect(restarts).to.equal(0);
        expect(latest.startedAt).to.equal(start + later);
        expect(latest.facts).to.include({ state: "finished", result: "success", finishedAt: start + later + minute });
      }
    });
  }

  it("keeps the queue times of two complete builds apart, in any order and with duplicates", () => {
    const old = createLife({ begun: start, item: 101, status: "FAILURE", waited: 5000 });
    const young = createLife({ begun: start + 13 * 60 * minute, item: 733, waited: 11_000 });
    const deliveries = [...Object.values(old), ...Object.values(young)];
    const expected = whatItComesTo(fold(deliveries.flat()));
    for (const order of someOrders(deliveries)) {
      const folded = fold(order.flat());
      expect([observed(folded, "queue", "count"), observed(folded, "queue", "sum")]).to.deep.equal([2, 16]);
      expect(observed(folded, "duration", "sum")).to.equal(120);
      expect(whatItComesTo(folded)).to.deep.equal(expected);
    }
    expect(expected.at).to.deep.equal([start + 13 * 60 * minute - 11_000, start + 13 * 60 * minute]);
  });

  it("observes no queue time of the new build where its entry into the queue was not delivered", () => {
    const old = createLife({ begun: start, item: 101, status: "FAILURE", waited: 5000 });
    const { started, completed, finalized } = createLife({ begun: start + 13 * 60 * minute, item: 733 });
    for (const order of someOrders([...Object.values(old), started, completed, finalized])) {
      const folded = fold(order.flat());
      expect([observed(folded, "queue", "count"), observed(folded, "queue", "sum")]).to.deep.equal([1, 5]);
      expect(onlyRun(folded).folded.queuedAt).to.equal(undefined);
    }
  });

  it("shows the new build while it works", () => {
    const old = createLife({ begun: start, item: 101, status: "FAILURE" });
    const { queued, started } = createLife({ begun: start + 40 * minute, item: 733 });
    for (const order of someOrders([...Object.values(old), queued, started])) {
      const { folded: latest } = onlyRun(fold(order.flat()));
      expect(latest).to.include({ startedAt: start + 40 * minute, queuedAt: start + 40 * minute - 7000 });
      expect(latest.facts).to.include({ state: "executing", result: null, finishedAt: null });
      expect(latest.facts.durationSeconds).to.equal(undefined);
    }
  });

  it("recognises a build that is finalized days after it was complete", () => {
    const { queued, started, completed, finalized } = createLife({ begun: start, finalizedAfter: 3 * day });
    for (const arrived of waysToArrive([queued, started, completed, finalized])) {
      const folded = fold(arrived);
      expect([runs(folded, "success"), observed(folded, "duration", "sum")]).to.deep.equal([1, 60]);
      expect(observed(folded, "queue", "sum")).to.equal(7);
      expect(onlyRun(folded).folded.facts.finishedAt).to.equal(start + minute);
    }
  });

  it("tells two builds apart of which only the last notice came", () => {
    const old = createLife({ begun: start, status: "FAILURE" });
    const young = createLife({ begun: start + 40 * minute });
    for (const arrived of waysToArrive([old.finalized, young.finalized])) {
      const folded = fold(arrived);
      expect([runs(folded, "failure"), runs(folded, "success")]).to.deep.equal([1, 1]);
    }
  });

  it("counts a build whose COMPLETED was lost, though an older one took as long", () => {
    const old = createLife({ begun: start, item: 101, status: "FAILURE" });
    const young = createLife({ begun: start + 40 * minute, item: 733 });
    for (const order of permutations([old.completed, young.started, young.finalized])) {
      const folded = fold(order.flat());
      expect([runs(folded, "failure"), runs(folded, "success")]).to.deep.equal([1, 1]);
    }
  });

  it("counts builds of two controllers that share a source and a path", () => {
    const here = createLife({ begun: start, item: 3, status: "FAILURE" });
    const there = createLife({ begun: start + 20_000, item: 90, duration: 45_000 });
    for (const order of someOrders([...Object.values(here), ...Object.values(there)])) {
      const folded = fold(order.flat());
      expect([runs(folded, "failure"), runs(folded, "success")]).to.deep.equal([1, 1]);
      expect(observed(folded, "duration", "sum")).to.equal(105);
    }
  });

  it("recognises a build that resumed under another queue item after a restart of Jenkins", () => {
    const { queued, started } = createLife({ begun: start, item: 101 });
    const { completed, finalized } = createLife({ begun: start, item: 102 });
    for (const order of permutations([queued, started, completed, finalized])) {
      const folded = fold(order.flat());
      expect([runs(folded, "success"), observed(folded, "queue", "sum")]).to.deep.equal([1, 7]);
    }
  });
});

describe("jenkins adapter: notices in the middle of a build", () => {
  const { started, completed, finalized } = createLife({ begun: start, item: 5, status: "UNSTABLE" });
  const early = (phase: string, more: object = {}) =>
    delivery({ phase, timestamp: start + 10_000, duration: 0, queue_id: 5, full_url: `${root}job/sweep/4/`, ...more });

  for (const phase of ["COMPLETED", "FINALIZED"]) {
    it(`takes ${phase} with a work time of 0 after the start for no end, and counts the whole build`, () => {
      for (const order of permutations([started, early(phase, { status: "UNSTABLE" }), completed, finalized])) {
        const folded = fold(order.flat());
        expect([runs(folded, "failure"), observed(folded, "duration", "sum")]).to.deep.equal([1, 60]);
        expect(observed(folded, "duration", "count")).to.equal(1);
        expect(onlyRun(folded).folded.facts).to.include({ finishedAt: start + minute, durationSeconds: 60 });
      }
      const { folded: latest } = onlyRun(fold([started, early(phase, { status: "UNSTABLE" })].flat()));
      expect(latest.facts).to.include({ state: "executing", result: null, nativeStatus: "STARTED" });
    });
  }

  it("counts a build that took no time at all", () => {
    const {
      queued,
      started: begun,
      completed: over,
      finalized: last,
    } = createLife({ begun: start, item: 5, duration: 0 });
    for (const order of permutations([queued, begun, over, last])) {
      const folded = fold(order.flat());
      expect([runs(folded, "success"), observed(folded, "queue", "sum")]).to.deep.equal([1, 7]);
    }
    expect(runs(fold(over), "success")).to.equal(1);
  });

  it("counts a build that says it worked for twenty or fifty years, and observes no time", () => {
    for (const years of [20, 50]) {
      const duration = years * 365 * day;
      const { completed: over, finalized: last } = createLife({ begun: start - duration, duration });
      for (const order of waysToArrive([over, last])) {
        const folded = fold(order);
        expect([runs(folded, "success"), observed(folded, "duration", "count")]).to.deep.equal([1, 0]);
      }
    }
  });

  it("takes an entry into the queue that is delivered shortly after the start for no wait", () => {
    for (const [late, count] of [
      [2500, 1],
      [59_000, 1],
      [61_000, 0],
    ] as const) {
      const life = createLife({ begun: start, item: 5, waited: -late });
      for (const order of permutations(Object.values(life))) {
        const folded = fold(order.flat());
        expect([observed(folded, "queue", "count"), observed(folded, "queue", "sum")]).to.deep.equal([count, 0]);
        expect(onlyRun(folded).folded.queuedAt).to.equal(count === 1 ? start : undefined);
      }
    }
  });
});
