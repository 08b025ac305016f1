import { expect } from "chai";
import { createTaskClassifier, defaultTaskRules } from "../../src/core/task-type.ts";
import type { CompletionFacts } from "../../src/core/completion.ts";
import type { Observation } from "../../src/core/model.ts";
import { applyObservation } from "../../src/core/apply-observation.ts";
import { permutations } from "../support/model/fold.ts";
import type { RunRecord } from "../../src/core/run-record.ts";

const classify = createTaskClassifier(defaultTaskRules);
const path = "job/shop/7/";
const start = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;

const identity = { provider: "jenkins", source: "jenkins", run: path } as const;
const facts = { project: "shop", pipeline: "shop" } as const;

/** The end of the build that began at `begun`, as COMPLETED tells it. */
function completed(begun: number): Observation {
  const end = begun + minute;
  return {
    ...identity,
    startedAt: begun,
    version: { epoch: 0, clock: end, rank: 3 },
    execution: { item: 9, end: "exact", worked: minute },
    completion: path,
    facts: { ...facts, state: "finished", result: "success", finishedAt: end, durationSeconds: 60 },
  };
}

/** The same, as FINALIZED tells it. */
function finalized(begun: number): Observation {
  const at = begun + minute + 400;
  return {
    ...completed(begun),
    startedAt: undefined,
    version: { epoch: 0, clock: at, rank: 4 },
    execution: { item: 9, end: "late", worked: minute },
    facts: { ...facts, state: "finished", result: "success", finishedAt: at, durationSeconds: 60 },
  };
}

/** The row that the version before wrote of a build, by COMPLETED or by FINALIZED: it kept nothing of executions. */
function storedBefore(finishedAt: number): RunRecord {
  const completion: CompletionFacts = {
    order: 0,
    result: "success",
    finishedAt,
    durationSeconds: 60,
    queueSeconds: 7,
  };
  return {
    folded: {
      version: { epoch: 0, clock: finishedAt, rank: 4 },
      facts: { ...facts, state: "finished", result: "success", finishedAt, durationSeconds: 60 },
      versions: undefined,
      queuedAt: start - 7000,
      startedAt: start,
    },
    attempt: 1,
    restarts: 0,
    recovered: false,
    jobs: new Map(),
    completions: new Map([[path, completion]]),
    newestRetry: undefined,
    waiting: undefined,
  };
}

function fold(before: RunRecord | undefined, observed: readonly Observation[]) {
  let record = before;
  const counted: string[] = [];
  for (const one of observed) {
    const change = applyObservation(record, one, classify);
    record = change.record;
    counted.push(...change.runCompletions.map(({ key }) => key));
  }
  return { record: record as RunRecord, counted };
}

describe("executions under one id", () => {
  for (const [by, finishedAt] of [
    ["COMPLETED", start + minute],
    ["FINALIZED", start + minute + 400],
  ] as const) {
    it(`know a build again that the version before counted by ${by}`, () => {
      for (const order of permutations([completed(start), finalized(start), completed(start)])) {
        const { record, counted } = fold(storedBefore(finishedAt), order);
        expect(counted).to.deep.equal([]);
        expect(record.completions.size).to.equal(1);
        expect([record.folded.queuedAt, record.folded.startedAt]).to.deep.equal([start - 7000, start]);
      }
    });

    it(`count the next build of that id beside one that the version before counted by ${by}`, () => {
      const later = start + 40 * minute;
      for (const order of permutations([completed(later), finalized(later), completed(start)])) {
        const { record, counted } = fold(storedBefore(finishedAt), order);
        expect(counted).to.have.length(1);
        expect(record.folded.startedAt).to.equal(later);
        expect([...record.completions.values()].map(({ queueSeconds }) => queueSeconds)).to.deep.equal([7, null]);
      }
    });
  }

  it("give the first completion the key that the version before gives it, so that both count it once", () => {
    for (const first of [completed(start), finalized(start)]) {
      expect(fold(undefined, [first]).counted).to.deep.equal([path]);
    }
  });

  it("count an end with an impossible time once", () => {
    const { facts: stated, ...rest } = completed(start);
    const unbelievable = { ...rest, startedAt: undefined, facts: { ...stated, finishedAt: null } };
    const { record, counted } = fold(undefined, [unbelievable]);
    expect(counted).to.deep.equal([path]);
    expect([...record.completions.values()][0]).to.include({ finishedAt: null, durationSeconds: 60 });
    expect(fold(record, [unbelievable]).counted).to.deep.equal([]);
  });

  it("are forgotten from the oldest on, and never counted twice for it", () => {
    const many = Array.from({ length: 60 }, (_, i) => start + i * 10 * minute);
    const { record, counted } = fold(undefined, [...many.map(completed), ...many.map(completed)]);
    expect(counted).to.have.length(many.length);
    expect(record.executions).to.have.length.below(25);
  });
});
