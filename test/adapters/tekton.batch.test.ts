import { expect } from "chai";
import { join } from "node:path";
import { tekton } from "../../src/adapters/tekton/index.ts";
import { replayStored } from "../../src/commands/replay/replay.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { Adapter } from "../../src/core/adapter.ts";
import { createLedger } from "../../src/core/ledger.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { createSubmission, type SubmissionOptions } from "../../src/ingest/submission.ts";
import { createLog } from "../../src/log.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { parseTotals, type Totals } from "../support/exposition/totals.ts";
import type { Outcome } from "../../src/core/delivery.ts";

/** Five events: a run's success, a job's without its id, a foreign one, a job's without its uid, the job's success. */
const { request } = readHttpFile(
  join(import.meta.dirname, "../../src/adapters/tekton/testdata/batch-with-broken-items.http"),
);
const options: SubmissionOptions = { source: "tekton", keepBodies: false };
const silent = createLog("silent");

async function submit(
  store: TestStore,
  adapter: Adapter = tekton,
  more: Partial<SubmissionOptions> = {},
): Promise<Outcome> {
  const onError = (error: unknown) => {
    throw error;
  };
  const limits = { queueMax: 10, batchMax: 10, timeoutMillis: 1000 };
  const ledger = createLedger({ recorder: store, clock: () => now, onError, ...limits });
  return ledger.submit(createSubmission(adapter, request, { ...options, ...more }));
}

async function totals(store: TestStore): Promise<Totals> {
  return parseTotals([...renderLedger(await store.snapshot(), "text")].join(""));
}

interface Row {
  readonly key: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly headers: string | null;
  readonly body: string | null;
}

async function deliveries(store: TestStore): Promise<Row[]> {
  const rows: unknown = await store.connection.knex("deliveries").select("key", "outcome", "reason", "headers", "body");
  return rows as Row[];
}

for (const database of databases) {
  describe(`a batch with broken items: ${database.name}`, () => {
    const { store: open, url: make } = sandbox(database);

    it("counts what is whole, and keeps the batch as a dead letter", async () => {
      const store = await open();

      expect(await submit(store)).to.equal("dead_letter");

      const counted = await totals(store);
      expect(counted.total("cicd_pipeline_runs_total", { result: "success" })).to.equal(1);
      expect(counted.total("cicd_pipeline_runs_total")).to.equal(1);
      expect(counted.total("cicd_job_runs_total", { job_name: "unit", result: "success" })).to.equal(1);
      expect(counted.total("pipegauge_dead_letters", { source: "tekton" })).to.equal(1);
      const [row, ...others] = await deliveries(store);
      expect(others).to.deep.equal([]);
      expect(row?.reason).to.match(/^item 2: id is missing; item 4: taskRun: metadata must have .*'uid'$/);
      expect(JSON.parse(row?.body ?? "")).to.deep.equal(JSON.parse(Buffer.from(request.body).toString("utf8")));
      expect(JSON.parse(row?.headers ?? "")).to.have.property("content-type", request.headers["content-type"]);
    });

    it("counts nothing twice when it is sent again", async () => {
      const store = await open();
      await submit(store);
      const before = await totals(store);

      expect(await submit(store)).to.equal("duplicate");

      expect((await totals(store)).counted).to.deep.equal(before.counted);
      expect(await deliveries(store)).to.have.length(1);
    });

    it("comes to no harm when it is replayed, any number of times", async () => {
      const url = await make();
      const store = await open({ url });
      await submit(store);
      const [before, rows] = [await totals(store), await deliveries(store)];
      const config = loadConfig({ env: { PIPEGAUGE_DATABASE_URL: url }, argv: [], log: silent });

      for (const filter of [{ dead: true }, { dead: true }, {}]) {
        expect([...(await replayStored(config, silent, filter)).outcomes]).to.deep.equal([["dead_letter", 1]]);
      }

      config.close();
      expect((await totals(store)).counted).to.deep.equal(before.counted);
      expect(await deliveries(store)).to.deep.equal(rows);
    });

    it("is no dead letter any more once a replay understands all of it", async () => {
      const store = await open();
      await submit(store);
      const [before, [row]] = [await totals(store), await deliveries(store)];

      expect(await submit(store, cleverer, { replayOf: row?.key ?? "" })).to.equal("accepted");

      const after = await totals(store);
      expect(after.total("pipegauge_dead_letters")).to.equal(0);
      expect(after.counted).to.deep.equal(before.counted);
    });
  });
}

/** What a later version might be: it makes nothing of the broken items, and knows that they are nothing. */
const cleverer: Adapter = {
  ...tekton,
  parse(given, source) {
    const parsed = tekton.parse(given, source);
    return parsed.kind === "observed" ? { kind: "observed", observations: parsed.observations } : parsed;
  },
};
