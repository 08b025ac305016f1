import * as fc from "fast-check";
import type { JobObservation, Observation } from "../../../src/core/model.ts";
import { mentioning, ofJob, ofRun, type Status } from "./observations.ts";
import { runResults } from "../../../src/core/states.ts";

/** One execution of a run's attempt or of a job: seconds from the one to the next moment, and how it went. */
interface Execution {
  readonly waited: number;
  readonly worked: number;
  readonly result: (typeof runResults)[number];
  /** Which of its deliveries are sent. */
  readonly delivered: readonly ("pending" | "executing" | "finished")[];
}

const execution: fc.Arbitrary<Execution> = fc.record({
  waited: fc.integer({ min: 0, max: 400 }),
  worked: fc.integer({ min: 1, max: 90_000 }),
  result: fc.constantFrom(...runResults),
  delivered: fc.subarray(["pending", "executing", "finished"] as const, { minLength: 1 }),
});

const attemptLength = 100_000;

const statuses: readonly Status[] = ["pending", "executing", ...runResults];

/** The statements of the deliveries about an execution that began at `begin`: each has the times up to then. */
function createStatements(begin: number, { waited, worked, result, delivered }: Execution) {
  const started = begin + waited;
  const moments = {
    pending: { status: "pending" as Status, clock: begin, queued: begin },
    executing: { status: "executing" as Status, clock: started, queued: begin, started },
    finished: { status: result as Status, clock: started + worked, queued: begin, started },
  };
  return delivered.map((moment) => moments[moment]);
}

/** The pipeline of their run in deliveries of jobs: its name, another, or none. */
const mentioned = [{ pipeline: "checkout" }, { pipeline: "as a job calls it" }, {}] as const;

/**
 * The jobs of a run, each in deliveries of its own: of the run they contain only its id, and perhaps
 * that there was an earlier attempt.
 */
function jobDeliveries(run: string, jobs: readonly Execution[], attempt: number): Observation[] {
  return jobs.flatMap((job, i) =>
    createStatements(i, job).map(({ status, ...statement }): Observation => {
      const facts = { project: "shop/cart", ...mentioned[i % 3] };
      return mentioning(run, [ofJob(`${run}-${i}`, `job ${i % 2}`, status, statement)], { facts, attempt });
    }),
  );
}

/** A provider that numbers the attempts of a run, and sends its whole state in each delivery. */
function numberedRun(run: string): fc.Arbitrary<Observation[]> {
  return fc
    .tuple(fc.array(execution, { minLength: 1, maxLength: 3 }), fc.array(execution, { maxLength: 3 }))
    .map(([attempts, jobs]) => [
      ...attempts.flatMap((one, i) =>
        createStatements(i * attemptLength, one).map(({ status, ...statement }) =>
          ofRun(run, status, { ...statement, epoch: i + 1, attempt: i + 1 }),
        ),
      ),
      ...jobDeliveries(run, jobs, attempts.length),
    ]);
}

/** A provider whose runs have one attempt, and that sends each time only once, when it comes. */
function frugalRun(run: string): fc.Arbitrary<Observation[]> {
  return execution.map((one) =>
    createStatements(0, one).map(({ status, clock, ...moments }) => {
      if (status === "pending") return ofRun(run, status, { clock, queued: moments.queued });
      if (status !== "executing") return ofRun(run, status, { clock });
      return ofRun(run, status, { clock, started: clock });
    }),
  );
}

/** The deliveries of a few runs, as their providers would send them. */
export const history: fc.Arbitrary<Observation[]> = fc
  .tuple(numberedRun("n1"), numberedRun("n2"), frugalRun("f1"), frugalRun("f2"))
  .map((runs) => runs.flat());

/** A history, and the same deliveries in another order, some of them repeated. */
export const redelivered: fc.Arbitrary<readonly [Observation[], Observation[]]> = history.chain((all) =>
  fc.tuple(
    fc.constant(all),
    fc
      .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.array(fc.constantFrom(...all), { maxLength: 10 }))
      .chain(([order, again]) => {
        const both = [...order, ...again];
        return fc.shuffledSubarray(both, { minLength: both.length });
      }),
  ),
);

const moment = fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined });
const figure = fc.constantFrom(undefined, null, 0, 1.25, 3600);

function stated<T extends object>(facts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never;
}

const anyStatement = fc
  .record({
    clock: fc.integer({ min: 0, max: 9 }),
    epoch: fc.integer({ min: 0, max: 3 }),
    queued: moment,
    started: moment,
  })
  .map(stated);

const anyJob: fc.Arbitrary<JobObservation> = fc
  .record({
    id: fc.integer({ min: 1, max: 4 }),
    name: fc.constantFrom("check", "build-e2e", "unit"),
    status: fc.constantFrom(...statuses),
    statement: anyStatement,
    retries: fc.constantFrom(undefined, 0, 1, 2),
    allowFailure: fc.constantFrom(undefined, null, true, false),
    queueSeconds: figure,
    durationSeconds: figure,
  })
  .map(({ id, name, status, statement, ...facts }) =>
    ofJob(String(id), name, status, { ...statement, facts: stated(facts) }),
  );

/** Statements that no provider would put together like this, about two runs: nothing may be taken for granted. */
const statements: fc.Arbitrary<Observation[]> = fc.array(
  fc
    .record({
      run: fc.constantFrom("1", "2"),
      status: fc.constantFrom(...statuses),
      statement: anyStatement,
      attempt: fc.constantFrom(undefined, 1, 2),
      completion: fc.constantFrom(undefined, "a", "b", "c"),
      retriesByName: fc.constantFrom(undefined, true as const),
      jobs: fc.option(fc.array(anyJob, { maxLength: 3 }), { nil: undefined }),
      restartOf: fc.constantFrom(undefined, null, "9"),
      project: fc.constantFrom("B", "a", "_c", "Ä", "日本", "😀", '"', "\\", "__proto__", ""),
      pipeline: fc.constantFrom(undefined, "checkout", "Checkout"),
      defaultBranch: fc.constantFrom(undefined, null, true, false),
      queueSeconds: figure,
      durationSeconds: figure,
    })
    .map(({ run, status, statement, attempt, completion, retriesByName, jobs, ...facts }) =>
      ofRun(run, status, {
        ...statement,
        ...stated({ attempt, completion, retriesByName, jobs }),
        facts: stated(facts),
      }),
    ),
  { minLength: 1, maxLength: 15 },
);

/** Deliveries cut into batches as chance has it; every batch holds at least one. */
export function batches<T>(all: readonly T[]): fc.Arbitrary<T[][]> {
  return fc.array(fc.integer({ min: 1, max: 6 }), { minLength: all.length, maxLength: all.length }).map((sizes) => {
    const cut: T[][] = [];
    for (let from = 0, i = 0; from < all.length; i++) {
      const size = sizes[i] ?? 1;
      cut.push(all.slice(from, from + size));
      from += size;
    }
    return cut;
  });
}

/** Deliveries as senders would send them, and arbitrary statements; in any order, with repetitions, in any batches. */
export const recordings: fc.Arbitrary<Observation[][]> = fc
  .oneof(
    redelivered.map(([, otherwise]) => otherwise),
    statements,
  )
  .chain(batches);
