import * as fc from "fast-check";
import type { CodeEvent, CodeEventKind } from "../../../src/core/code-event.ts";
import type { Version } from "../../../src/core/model.ts";
import { at } from "./observations.ts";

/** Hand-made and generated code events of no provider in particular. */

const version: Version = { epoch: 0, clock: at(70), rank: 3 };

/** A delivery that states everything that a code event of its kind may have. */
export const fullCodeEvents: readonly CodeEvent[] = [
  {
    kind: "deployment",
    provider: "gitlab",
    source: "main",
    id: "gitlab.example.com/31",
    version,
    facts: {
      project: "shop/cart",
      environment: "production/eu",
      tier: "production",
      ref: "main",
      sha: "3f2a9c1b",
      run: "700",
      job: "9001",
      url: "https://gitlab.example.com/shop/cart/-/jobs/9001",
      nativeStatus: "success",
      state: "finished",
      result: "success",
      createdAt: at(5),
      startedAt: at(10),
      finishedAt: at(70),
    },
  },
  {
    kind: "change",
    provider: "gitlab",
    source: "main",
    id: "gitlab.example.com/12!42",
    version,
    facts: {
      project: "shop/cart",
      number: "42",
      target: "main",
      status: "merged",
      openedAt: at(-9000),
      mergedAt: at(60),
      mergeSha: "5d0e77aa",
      headSha: "3f2a9c1b",
      headCommittedAt: at(-300),
      draft: false,
      revert: true,
      hotfix: false,
    },
  },
  {
    kind: "push",
    provider: "gitlab",
    source: "main",
    id: "gitlab.example.com/12/main/5d0e77aa",
    version,
    facts: {
      project: "shop/cart",
      ref: "main",
      defaultBranch: true,
      before: "11aa22bb",
      after: "5d0e77aa",
      forced: false,
      commitCount: 2,
      commits: '[["3f2a9c1b",1795167000],["5d0e77aa",1795167060]]',
    },
  },
];

// Few values on purpose, so that ids, versions and values collide all the time.
const anyVersion: fc.Arbitrary<Version> = fc.record({
  epoch: fc.constantFrom(0, 1),
  clock: fc.constantFrom(0, at(1), at(2)),
  rank: fc.integer({ min: 0, max: 2 }),
});

const anyFacts: { readonly [K in CodeEventKind]: fc.Arbitrary<Readonly<Record<string, unknown>>> } = {
  deployment: fc.record(
    {
      environment: fc.constantFrom("production", "staging"),
      tier: fc.constantFrom(null, "production"),
      state: fc.constantFrom("executing", "finished"),
      result: fc.constantFrom(null, "success", "failure"),
      startedAt: fc.constantFrom(at(1), at(2)),
      finishedAt: fc.constantFrom(null, at(9)),
    },
    { requiredKeys: [] },
  ),
  change: fc.record(
    {
      status: fc.constantFrom("open", "merged"),
      mergedAt: fc.constantFrom(null, at(5)),
      draft: fc.boolean(),
      revert: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  push: fc.record(
    {
      before: fc.constantFrom(null, "11aa22bb"),
      defaultBranch: fc.constantFrom(null, true, false),
      commitCount: fc.integer({ min: 0, max: 2 }),
      commits: fc.constantFrom("[]", '[["11aa22bb",1]]'),
    },
    { requiredKeys: [] },
  ),
};

const anyCodeEvent: fc.Arbitrary<CodeEvent> = fc
  .constantFrom<CodeEventKind[]>("deployment", "change", "push")
  .chain((kind) =>
    fc
      .record({ id: fc.constantFrom("1", "2"), version: anyVersion, facts: anyFacts[kind] })
      .map(({ id, version: stated, facts }) => ({
        kind,
        provider: "gitlab",
        source: "main",
        id,
        version: stated,
        facts: { project: "shop/cart", ...facts },
      })),
  );

/** Code events in one order, and the same in another one with some of them repeated. */
export const anyCodeEventsTwice = fc
  .array(anyCodeEvent, { minLength: 1, maxLength: 8 })
  .chain((all) =>
    fc
      .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.subarray(all))
      .map(([shuffled, again]) => [all, [...shuffled, ...again]] as const),
  );
