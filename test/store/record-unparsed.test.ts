import { expect } from "chai";
import { getAdapter, type ProviderName } from "../../src/adapters/index.ts";
import { createLedger } from "../../src/core/ledger.ts";
import type { Entry, UnparsedRequest, Recorded } from "../../src/core/delivery.ts";
import type { Store } from "../../src/core/store/index.ts";
import { encodeBatch, decodeBatch } from "../../src/core/store/record/encode-batch.ts";
import { recordUnparsed } from "../../src/core/store/record/record-unparsed.ts";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { createUnparsedRequest, parseBody } from "../../src/ingest/unparsed-request.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { acceptRollups, refuseRollups } from "../support/failures.ts";
import { entry, rows, tables } from "../support/database/tables.ts";
import { ofRun } from "../support/model/observations.ts";
import { over, pipelineHook, request, type JobInput } from "../support/payloads/gitlab.ts";

const options = { source: "main", keepBodies: true };

const jobs = (first: number, count: number): JobInput[] =>
  Array.from({ length: count }, (_, i) => ({
    id: first + i,
    name: `job ${i}`,
    status: "success",
    started: "10:01",
    finished: "10:02",
  }));

/** A finished pipeline with this id. */
const hook = (id: number, count = 2) => pipelineHook("success", jobs(id * 100, count), { ...over("10:05", 240), id });

const received = (body: unknown, provider: ProviderName = "gitlab"): UnparsedRequest =>
  createUnparsedRequest(getAdapter(provider), request(body), options);

const parse: Parameters<typeof recordUnparsed>[1]["parse"] = (context, body) =>
  parseBody(getAdapter(context.provider as ProviderName), context, body);

/** What the thread records of a batch, and what it returns. */
async function recordHere(batch: readonly (Entry | UnparsedRequest)[], jobsMax = 1000) {
  const recorded: Entry[] = [];
  const results = await recordUnparsed(decodeBatch(encodeBatch(batch)), {
    parse,
    async recordEntries(entries) {
      recorded.push(...entries);
      return entries.map(({ delivery }) => delivery.outcome);
    },
    jobsMax,
  });
  return { results, recorded };
}

const toOutcome = (result: Recorded | undefined) => (typeof result === "object" ? result.outcome : result);

describe("a batch with requests that are not parsed yet", () => {
  it("is parsed to what the ledger's thread would have parsed", async () => {
    const requests = [hook(1), { object_kind: "push" }, { object_kind: "pipeline" }, "no JSON"].map((body) =>
      received(body),
    );

    const { results, recorded } = await recordHere(requests);

    for (const [i, one] of requests.entries()) {
      const { delivery, observations, clock } = one.parse();
      const { delivery: there, observations: observation } = recorded[i] as Entry;
      expect({ delivery: there, observations: observation }).to.deep.equal({ delivery, observations });
      const { outcome, reason } = delivery;
      expect(results[i]).to.deep.equal({ outcome, reason, clock, url: observations[0]?.facts.url });
    }
    expect(results.map(toOutcome)).to.deep.equal(["accepted", "ignored", "dead_letter", "dead_letter"]);
  });

  it("keeps entries among them, in their places", async () => {
    const already = entry("b", [ofRun("1", "success", { clock: 70 })]);

    const { results, recorded } = await recordHere([received(hook(1)), already, received(hook(2))]);

    expect(results.map((result) => typeof result)).to.deep.equal(["object", "string", "object"]);
    expect(recorded[1]).to.deep.equal(already);
    expect(recorded.map(({ observations }) => observations[0]?.run)).to.deep.equal(["1", "1", "2"]);
  });

  it("postpones what cannot be parsed, and records the others", async () => {
    const unsupported = createUnparsedRequest(
      getAdapter("tekton"),
      request("x", { "content-type": "text/plain" }),
      options,
    );
    expect(unsupported.parse).to.throw();

    const { results, recorded } = await recordHere([received(hook(1)), unsupported, received(hook(2))]);

    expect(results.map(toOutcome)).to.deep.equal(["accepted", "postponed", "accepted"]);
    expect(recorded).to.have.length(2);
  });

  it("takes no more jobs than a transaction may have, and none of a delivery that has to be split", async () => {
    const small = await recordHere(
      [1, 2, 3].map((id) => received(hook(id, 4))),
      10,
    );
    const large = await recordHere([received(hook(1, 11)), received(hook(2, 10)), received(hook(3, 1))], 10);

    expect(small.results.map(toOutcome)).to.deep.equal(["accepted", "accepted", "postponed"]);
    expect(large.results.map(toOutcome)).to.deep.equal(["postponed", "accepted", "postponed"]);
  });
});

for (const database of databases) {
  describe(`store, requests that its thread parses: ${database.name}`, () => {
    const box = sandbox(database);
    const thread = { ...writerThread, batchJobsMax: 10 };

    function ledgerOn(store: Store) {
      return createLedger({
        recorder: store,
        clock: () => performance.now(),
        queueMax: 100,
        batchMax: 100,
        batchJobsMax: thread.batchJobsMax,
        timeoutMillis: 60_000,
        onError: () => undefined,
      });
    }

    it("come to the same tables as in the ledger's thread, of any size", async () => {
      const [threaded, plain] = [await box.store({ thread }), await box.store()];
      // The third is too large for the thread, the fourth has more jobs than a transaction may have.
      const large = { ...hook(3), message: "x".repeat(300_000) };
      const bodies = [hook(1), { object_kind: "push" }, large, hook(4, 25), "no JSON", hook(1)];

      const results = [];
      for (const store of [threaded, plain]) {
        const ledger = ledgerOn(store);
        const receipts = [];
        for (const body of bodies) receipts.push(await ledger.receive(received(body)));
        results.push(receipts);
      }

      expect(results[0]).to.deep.equal(results[1]);
      expect(await tables(threaded)).to.deep.equal(await tables(plain));
      const deliveries = "select key, outcome, reason, bytes, headers, body from deliveries order by key";
      expect(await rows(threaded, deliveries)).to.deep.equal(await rows(plain, deliveries));
    });

    it("fail alone where the database refuses one of them", async () => {
      const store = await box.store({ thread });
      const ledger = ledgerOn(store);
      await ledger.receive(received(hook(1)));
      await store.connection.knex.raw(refuseRollups[database.engine]);

      const ignored = { object_kind: "push" };
      const receipts = await Promise.all([ignored, hook(2)].map((body) => ledger.receive(received(body))));
      await store.connection.knex.raw(acceptRollups[database.engine]);

      expect(receipts.map(({ outcome }) => outcome)).to.deep.equal(["ignored", "dead_letter"]);
      const [kept] = await rows(store, "select reason, body from deliveries where outcome = 'dead_letter'");
      expect(kept?.["reason"]).to.match(/^the database refused it: .*not today/);
      expect(JSON.parse(String(kept?.["body"]))).to.have.property("object_kind", "pipeline");
    });
  });
}
