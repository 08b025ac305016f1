import { expect } from "chai";
import * as fc from "fast-check";
import { compareVersions, toFolded, merge, type Folded } from "../../src/core/merge.ts";
import type { RefKind, Version } from "../../src/core/model.ts";

/** Stands for the facts of a run: what matters is only which fields are stated, and with which value. */
interface Facts {
  readonly status: string;
  readonly ref: string | null;
  readonly stable: boolean | null;
  readonly seconds: number | null;
  readonly refKind: RefKind | null;
}

// Few values on purpose, so that versions, values and moments collide all the time.
const few = fc.integer({ min: 0, max: 3 });
const version: fc.Arbitrary<Version> = fc.record({ epoch: few, clock: few, rank: few });
const moment = fc.option(few, { nil: undefined });
const facts: fc.Arbitrary<Partial<Facts>> = fc.record(
  {
    status: fc.constantFrom("pending", "running", "done"),
    ref: fc.constantFrom(null, "main", "__proto__"),
    stable: fc.constantFrom(null, true, false),
    seconds: fc.constantFrom(null, 0, 1.5),
    refKind: fc.constantFrom(null, "merge_request", "merge_queue"),
  },
  { requiredKeys: [] },
);
const statement = fc
  .record({ version, facts, queuedAt: moment, startedAt: moment })
  .map((observation): Folded<Facts> => toFolded<Facts>(observation));
/** Knowledge as it comes to be: from one statement, or from several. */
const knowledge = fc.array(statement, { minLength: 1, maxLength: 4 }).map((all) => all.reduce(merge));

function at(clock: number, more: Partial<Folded<Facts>> = {}, epoch = 0, rank = 0): Folded<Facts> {
  return { ...toFolded<Facts>({ version: { epoch, clock, rank }, facts: {} }), ...more };
}

describe("merge: laws", () => {
  const many = { numRuns: 3000 };

  it("is commutative", () => {
    fc.assert(
      fc.property(knowledge, knowledge, (a, b) => {
        expect(merge(a, b)).to.deep.equal(merge(b, a));
      }),
      many,
    );
  });

  it("is associative", () => {
    fc.assert(
      fc.property(knowledge, knowledge, knowledge, (a, b, c) => {
        expect(merge(merge(a, b), c)).to.deep.equal(merge(a, merge(b, c)));
      }),
      many,
    );
  });

  it("is idempotent, and shows it by returning the very same object", () => {
    fc.assert(
      fc.property(knowledge, knowledge, (a, b) => {
        const both = merge(a, b);

        expect(merge(a, a)).to.equal(a);
        expect(merge(both, b)).to.equal(both);
        expect(merge(both, a)).to.equal(both);
      }),
      many,
    );
  });

  it("comes to the same for every order of statements, with any of them repeated", () => {
    const shuffled = fc
      .array(statement, { minLength: 1, maxLength: 6 })
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length }),
          fc.array(fc.constantFrom(...all)),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([inOrder, other, again]) => {
        expect([...other, ...again].reduce(merge)).to.deep.equal(inOrder.reduce(merge));
      }),
      many,
    );
  });

  it("says of each field what the statement with the greatest version says", () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (all) => {
        const { facts: joined } = all.reduce(merge);
        for (const field of ["status", "ref", "stable", "seconds"] as const) {
          const stated = all.filter((one) => one.facts[field] !== undefined);
          const newest = stated.toSorted((a, b) => compareVersions(b.version, a.version))[0]?.version;
          const newestValues = stated
            .filter((one) => newest !== undefined && compareVersions(one.version, newest) === 0)
            .map((one) => one.facts[field]);
          if (stated.length === 0) expect(joined).to.not.have.property(field);
          else expect(newestValues).to.include(joined[field]);
        }
      }),
      many,
    );
  });
});

describe("merge: examples", () => {
  it("lets the newer statement win, whichever comes first", () => {
    const running = at(10, { facts: { status: "running" } });
    const done = at(20, { facts: { status: "done" } });

    expect(merge(running, done).facts.status).to.equal("done");
    expect(merge(done, running).facts.status).to.equal("done");
  });

  it("lets the greater rank win within one tick of the clock", () => {
    const done = at(20, { facts: { status: "done" } }, 0, 3);
    const late = at(20, { facts: { status: "running" } }, 0, 2);

    expect(merge(done, late)).to.equal(done);
  });

  it("takes what one side does not say from the other, and keeps how old it is", () => {
    const older = at(10, { facts: { ref: "main", status: "running" } });
    const newer = at(20, { facts: { status: "done" } });

    expect(merge(newer, older)).to.deep.equal({
      ...newer,
      facts: { status: "done", ref: "main" },
      versions: { ref: older.version },
    });
  });

  it("keeps that a ref is a merge queue, however new a statement is that it is one of a merge request", () => {
    const queued = at(10, { facts: { refKind: "merge_queue" } });
    const newer = at(20, { facts: { refKind: "merge_request" } });

    expect(merge(queued, newer).facts).to.deep.equal({ refKind: "merge_queue" });
    expect(merge(newer, queued)).to.deep.equal(merge(queued, newer));
    expect(merge(merge(newer, queued), newer).facts.refKind).to.equal("merge_queue");
  });

  it("takes null for a statement, and absence for none", () => {
    const named = at(10, { facts: { ref: "main" } });

    expect(merge(named, at(20, { facts: { ref: null } })).facts).to.deep.equal({ ref: null });
    expect(merge(named, at(20)).facts).to.deep.equal({ ref: "main" });
  });

  it("remembers that an old value was sent again later", () => {
    const first = at(10, { facts: { ref: "main" } });
    const newest = at(50, { facts: { status: "done" } });
    const again = at(40, { facts: { ref: "main" } });
    const between = at(30, { facts: { ref: "other" } });

    expect([first, newest, again, between].reduce(merge).facts.ref).to.equal("main");
  });

  it("keeps the earliest moments of an attempt", () => {
    const early = at(10, { queuedAt: 5, startedAt: 8 });
    const late = at(20, { queuedAt: 6 });

    expect(merge(late, early)).to.include({ queuedAt: 5, startedAt: 8 });
  });

  it("drops the moments of an attempt that was followed by another", () => {
    const first = at(10, { queuedAt: 5, startedAt: 8 }, 1);
    const second = at(20, { queuedAt: 15 }, 2);

    expect(merge(first, second)).to.include({ queuedAt: 15, startedAt: undefined });
    expect(merge(second, first)).to.include({ queuedAt: 15, startedAt: undefined });
  });

  it("puts a later attempt above any clock of an earlier one", () => {
    const first = at(99, { facts: { status: "done" } }, 1);
    const second = at(1, { facts: { status: "running" } }, 2);

    expect(merge(first, second).facts.status).to.equal("running");
  });

  it("leaves the prototype of objects alone", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "status": "done"}') as Partial<Facts>;

    const joined = merge(at(1, { facts: hostile }), at(2, { facts: { ref: "main" } }));

    expect(joined.facts).to.include({ status: "done", ref: "main" });
    expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
  });
});
