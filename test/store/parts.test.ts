import { expect } from "chai";
import { createLedger } from "../../src/core/ledger.ts";
import type { Store } from "../../src/core/store/index.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { getAdapter } from "../../src/adapters/index.ts";
import { over, pipelineHook, request, type JobInput } from "../support/payloads/gitlab.ts";
import { databasesAndShards, now, sandbox } from "../support/database/databases.ts";
import { orderless, rows } from "../support/database/tables.ts";
import type { Outcome } from "../../src/core/delivery.ts";

/** `count` jobs under fewer names, so that some are retries of others, and each third failed. */
function jobs(from: number, count: number): JobInput[] {
  return Array.from({ length: count }, (_, i) => ({
    id: from + i,
    name: `job ${(from + i) % 40}`,
    status: (from + i) % 3 === 0 ? "failed" : "success",
    started: "10:01",
    finished: "10:05",
  }));
}

/** A red run, then its restart. */
const hooks = [
  pipelineHook("failed", jobs(1, 50), over("10:05", 240)),
  pipelineHook("success", [...jobs(2, 49), ...jobs(100, 21)], over("10:25", 300)),
];

function ledgerOn(store: Store, batchJobsMax: number) {
  const sizes: number[] = [];
  const ledger = createLedger({
    recorder: {
      ...store,
      record(batch) {
        const observations = batch.flatMap((one) =>
          typeof one === "object" && "observations" in one ? one.observations : [],
        );
        sizes.push(observations.reduce((sum, observation) => sum + (observation.jobs?.length ?? 0), 0));
        return store.record(batch);
      },
    },
    clock: () => performance.now(),
    queueMax: 100,
    batchMax: 100,
    batchJobsMax,
    timeoutMillis: 60_000,
    onError: (error) => {
      throw error;
    },
  });
  const submit = (body: object): Promise<Outcome> =>
    ledger.submit(createSubmission(getAdapter("gitlab"), request(body), { source: "main", keepBodies: false }));
  return { ledger, submit, sizes };
}

for (const database of databasesAndShards) {
  describe(`store, deliveries in parts: ${database.name}`, () => {
    const box = sandbox(database);

    async function taken(batchJobsMax: number, order: readonly object[]) {
      const store = await box.store({ clock: () => now });
      const { submit, sizes } = ledgerOn(store, batchJobsMax);
      const outcomes: Outcome[] = [];
      for (const body of order) outcomes.push(await submit(body));
      return { store, sizes, outcomes };
    }

    it("come to what they come to in one, in every order and twice", async () => {
      const whole = await taken(1000, hooks);
      const expected = await orderless(whole.store);
      expect(whole.sizes).to.deep.equal([50, 70]);

      for (const order of [hooks, hooks.toReversed(), [...hooks, ...hooks]]) {
        const parts = await taken(8, order);

        expect(Math.max(...parts.sizes)).to.equal(8);
        expect(parts.outcomes.slice(0, 2)).to.deep.equal(["accepted", "accepted"]);
        expect(parts.outcomes.slice(2).every((outcome) => outcome === "duplicate")).to.equal(true);
        expect(await orderless(parts.store)).to.deep.equal(expected);
      }
    });

    it("let others have their turn in between", async () => {
      const store = await box.store();
      const { ledger, submit } = ledgerOn(store, 8);
      const ended: string[] = [];
      const note = (name: string) => () => void ended.push(name);

      const large = submit(hooks[1] ?? {}).then(note("large"));
      await Promise.resolve();
      const small = submit(pipelineHook("success", jobs(900, 1), { ...over("10:05", 240), id: 701 })).then(
        note("small"),
      );
      await Promise.all([large, small]);
      await ledger.drain();

      expect(ended).to.deep.equal(["small", "large"]);
      expect(await rows(store, "select count(*) as count from deliveries")).to.deep.equal([{ count: 2 }]);
    });

    it("are received with the last part: what stops before it is counted once when it is sent again", async () => {
      const url = await box.url();
      const store = await box.store({ url });
      let left = 3;
      const stopping: Store = {
        ...store,
        record: (batch) => (left-- > 0 ? store.record(batch) : Promise.reject(new Error("the process was killed"))),
        isTransient: () => true,
      };
      const cut = createLedger({
        recorder: stopping,
        clock: () => performance.now(),
        queueMax: 10,
        batchMax: 10,
        batchJobsMax: 8,
        timeoutMillis: 1,
        onError: () => undefined,
      });
      const [, body] = hooks;
      const submission = createSubmission(getAdapter("gitlab"), request(body), { source: "main", keepBodies: false });
      expect(await cut.submit(submission).then(String, ({ code }: { code: string }) => code)).to.equal("unavailable");
      expect(await rows(store, "select count(*) as count from deliveries")).to.deep.equal([{ count: 0 }]);

      expect(await ledgerOn(store, 8).submit(body ?? {})).to.equal("accepted");

      const whole = await taken(1000, [body ?? {}]);
      expect(await orderless(store)).to.deep.equal(await orderless(whole.store));
    });
  });
}
