import { expect } from "chai";
import { toFolded } from "../../src/core/merge.ts";
import { lowestVersion } from "../../src/core/model.ts";
import { boolean, text } from "../../src/core/store/db/columns.ts";
import { addedFact, fact, listFields, putFacts, readFacts } from "../../src/core/store/db/fact-columns.ts";
import { decodeJob, decodeRun } from "../../src/core/store/db/rows.ts";
import type { Cell } from "../../src/core/store/db/rowset.ts";
import { jobFactColumns } from "../../src/core/store/db/job-columns.ts";
import { runFactColumns } from "../../src/core/store/db/tables.ts";

/** Stored rows are read by these numbers. A line may be added here; none may change, and none may go while rows have it. */
const runBits = {
  project: 0,
  pipeline: 1,
  number: 2,
  ref: 3,
  refKind: 4,
  defaultBranch: 5,
  sha: 6,
  trigger: 7,
  url: 8,
  parent: 9,
  restartOf: 10,
  detail: 11,
  nativeStatus: 12,
  state: 13,
  result: 14,
  finishedAt: 15,
  queueSeconds: 16,
  durationSeconds: 17,
  title: 18,
  change: 19,
  committedAt: 20,
  startedBy: 21,
  restartedBy: 22,
  parentJob: 23,
  graph: 24,
};

const jobBits = {
  name: 0,
  stage: 1,
  runner: 2,
  url: 3,
  allowFailure: 4,
  failureReason: 5,
  retries: 6,
  nativeStatus: 7,
  state: 8,
  result: 9,
  finishedAt: 10,
  queueSeconds: 11,
  durationSeconds: 12,
  attempt: 13,
  runnerClass: 14,
  environment: 15,
  gate: 16,
  gatedAt: 17,
  gateOpenedAt: 18,
};

/** Rows as version 0.1 wrote them, with a derived queue time that no delivery stated. Facts added later are not stated in them. */
const storedRun = {
  queued_at: null,
  started_at: null,
  project: "shop/cart",
  pipeline: "checkout",
  ref: null,
  native_status: "running",
  state: "executing",
  queue_seconds: 5,
  version_epoch: 1,
  version_clock: 2,
  version_rank: 3,
  unstated: 249_844,
  older: null,
};
const storedJob = {
  queued_at: null,
  started_at: null,
  name: "check",
  stage: null,
  allow_failure: 1,
  queue_seconds: 5,
  version_epoch: 1,
  version_clock: 2,
  version_rank: 3,
  unstated: 8172,
  older: null,
};

interface Toy {
  readonly first: string | null;
  readonly later: boolean | null;
}

const toyFields = listFields<Toy>({
  first: fact(0, text("first")),
  later: addedFact(1, boolean("came_later")),
});

function bitsIn(columns: Readonly<Record<string, { readonly bit: number }>>): Record<string, number> {
  return Object.fromEntries(Object.entries(columns).map(([field, { bit }]) => [field, bit]));
}

describe("store, what a row says of facts", () => {
  it("has a number for each fact that never changes", () => {
    expect(bitsIn(runFactColumns)).to.deep.equal(runBits);
    expect(bitsIn(jobFactColumns)).to.deep.equal(jobBits);
  });

  it("has numbers that fit an integer, and each once", () => {
    for (const columns of [runFactColumns, jobFactColumns]) {
      const bits = Object.values(bitsIn(columns));
      expect(new Set(bits).size).to.equal(bits.length);
      expect(Math.max(...bits)).to.be.at.most(30);
    }
  });

  it("reads rows that version 0.1 stored as they were meant", () => {
    expect(decodeRun(storedRun).facts).to.deep.equal({
      project: "shop/cart",
      pipeline: "checkout",
      ref: null,
      nativeStatus: "running",
      state: "executing",
    });
    expect(decodeJob(storedJob).facts).to.deep.equal({ name: "check", stage: null, allowFailure: true });
  });

  it("distinguishes what was not stated from what was stated to be none", () => {
    for (const facts of [
      {},
      { first: null },
      { later: null },
      { first: "a", later: true },
      { first: "", later: false },
    ]) {
      const cells: Cell[] = [];
      const unstated = putFacts<Toy>(cells, 0, toFolded<Toy>({ version: lowestVersion, facts }), toyFields);
      const [first, later] = cells;
      expect(readFacts({ first, came_later: later, unstated }, toyFields)).to.deep.equal(facts);
    }
  });

  it("takes an added fact for not stated in a row from before it, and for stated where a server of that version kept it", () => {
    expect(readFacts({ first: "a", unstated: 0 }, toyFields)).to.deep.equal({ first: "a" });
    expect(readFacts({ first: "a", came_later: 1, unstated: 0 }, toyFields)).to.deep.equal({ first: "a", later: true });
  });
});
