import { expect } from "chai";
import { toFolded, type Folded } from "../../src/core/merge.ts";
import type { RunFacts } from "../../src/core/model.ts";
import { computeDuration, computeQueueTime } from "../../src/core/timing.ts";
import { at, standing, type Status } from "../support/model/observations.ts";

const version = { epoch: 1, clock: at(100), rank: 3 };

function of(
  status: Status,
  moments: { queued?: number; started?: number; finished?: number },
  facts: Partial<RunFacts> = {},
): Folded<RunFacts> {
  const { queued, started, finished } = moments;
  return toFolded<RunFacts>({
    version,
    facts: { ...standing(status), ...(finished === undefined ? {} : { finishedAt: at(finished) }), ...facts },
    queuedAt: queued === undefined ? undefined : at(queued),
    startedAt: started === undefined ? undefined : at(started),
  });
}

/** [title, what is known, queue seconds, duration seconds] */
const table: readonly [string, Folded<RunFacts>, number | null, number | null][] = [
  ["all moments", of("success", { queued: 0, started: 10, finished: 70 }), 10, 60],
  ["moments within one second", of("success", { queued: 0, started: 0.25, finished: 0.75 }), 0.25, 0.5],
  ["no time at all", of("failure", { queued: 5, started: 5, finished: 5 }), 0, 0],
  ["not begun", of("pending", { queued: 0 }), null, null],
  ["under way", of("executing", { queued: 0, started: 10 }), 10, null],
  ["under way, with the end of an earlier attempt", of("executing", { started: 10, finished: 70 }), null, null],
  ["never queued", of("success", { started: 10, finished: 70 }), null, 60],
  ["no start known", of("success", { queued: 0, finished: 70 }), null, null],
  ["no end known", of("timeout", { queued: 0, started: 10 }), 10, null],
  ["skipped", of("skip", { queued: 0, started: 10, finished: 70 }), null, null],
  [
    "skipped, whatever the provider says",
    of("skip", { queued: 0 }, { queueSeconds: 1, durationSeconds: 2 }),
    null,
    null,
  ],
  ["clocks a second apart", of("success", { queued: 10.9, started: 10, finished: 9.5 }), 0, 0],
  ["clocks that contradict", of("success", { queued: 20, started: 10, finished: 8 }), null, null],
  [
    "clocks years apart",
    of("success", { queued: -11 * 366 * 86_400, started: 10, finished: 11 * 366 * 86_400 }),
    null,
    null,
  ],
  ["the provider's figures", of("success", { queued: 0, started: 10, finished: 70 }, { queueSeconds: 4 }), 4, 60],
  ["the provider's duration", of("success", { started: 10, finished: 70 }, { durationSeconds: 55.5 }), null, 55.5],
  ["a figure of zero", of("success", { started: 10, finished: 70 }, { durationSeconds: 0 }), null, 0],
  [
    "figures stated to be none",
    of("cancellation", { queued: 0, started: 10, finished: 70 }, { queueSeconds: null, durationSeconds: null }),
    null,
    null,
  ],
  ["a figure before there is a result", of("executing", { started: 10 }, { durationSeconds: 5 }), null, null],
];

describe("timing", () => {
  for (const [title, what, queue, duration] of table) {
    it(`${title}: queue ${queue}, duration ${duration}`, () => {
      expect({ queue: computeQueueTime(what), duration: computeDuration(what) }).to.deep.equal({ queue, duration });
    });
  }

  it("takes neither figures nor an end from an earlier attempt", () => {
    const earlier = { ...version, epoch: 0 };
    const facts = { queueSeconds: 1, durationSeconds: 2 };
    const mixed = of("success", { queued: 0, started: 10, finished: 70 }, facts);

    const stale = { ...mixed, versions: { queueSeconds: earlier, durationSeconds: earlier } };
    expect([computeQueueTime(stale), computeDuration(stale)]).to.deep.equal([10, 60]);
    expect(computeDuration({ ...stale, versions: { ...stale.versions, finishedAt: earlier } })).to.equal(null);
  });
});
