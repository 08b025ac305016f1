import { expect } from "chai";
import { databasesAndShards, sandbox } from "../support/database/databases.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { gitlabStories } from "../scenarios/gitlab.ts";
import type { Counts, Sent } from "../scenarios/scenario.ts";
import { runResults } from "../../src/core/states.ts";

const replicas = 3;
const copies = 12;
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);
const runs = "cicd_pipeline_runs_total";

/** Stories that one source tells, and whose times are the same in every order. */
const stories = gitlabStories.scenarios.filter(
  ({ varying, sent }) => varying === undefined && sent.every(({ elsewhere }) => elsewhere === undefined),
);

/** Every story several times, each time of another run in another project. */
function deliveries(): readonly Sent[] {
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  const own = ({ headers, body }: Sent, story: number, copy: number): Sent => ({
    headers,
    body: body
      .replaceAll("team/shop", `team/shop-${copy}`)
      .replaceAll(":700", `:7${twoDigits(story)}${twoDigits(copy)}00`),
  });
  return stories.flatMap(({ sent }, story) =>
    Array.from({ length: copies }, (_, copy) => sent.map((one) => own(one, story, copy))).flat(),
  );
}

/** What all copies of all stories come to. */
function expected(count: (counts: Counts) => number | undefined): number {
  return copies * stories.reduce((sum, { counts }) => sum + (count(counts) ?? 0), 0);
}

for (const database of databasesAndShards) {
  describe(`${replicas} replicas on one ${database.name} (seed ${seed})`, function () {
    // Each of three servers and its thread take all deliveries, in one process.
    this.timeout(180_000);
    const box = sandbox(database);
    const start = testServers();

    async function servers(): Promise<TestServer[]> {
      const databaseUrl = await box.url("empty");
      const env = { PIPEGAUGE_ROLLUP_SHARDS: String(database.shards ?? 1) };
      return Promise.all(Array.from({ length: replicas }, () => start({ databaseUrl, env, tuning: { thread: true } })));
    }

    it("start together on an empty database: one migrates, the others wait for it", async () => {
      const all = await servers();

      const ready = await Promise.all(all.map((server) => server.request("/readyz")));

      expect(ready.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      const [first] = all;
      const applied = await readRows(first as TestServer, "knex_migrations");
      expect(new Set(applied.map(({ name }) => name)).size).to.equal(applied.length);
    });

    it("take one delivery once, of whichever it is asked", async () => {
      const all = await servers();
      const random = randomFrom(seed);
      const sent = shuffled(deliveries(), random);
      const statuses = new Map<Sent, number[]>(sent.map((one) => [one, []]));

      await Promise.all(
        all.map(async (server) => {
          const order = shuffled(sent, random);
          for (let at = 0; at < order.length; at += 8) {
            const asked = order.slice(at, at + 8);
            await Promise.all(
              asked.map(async (one) => {
                const { status } = await server.deliver("gitlab", one.body, one.headers);
                statuses.get(one)?.push(status);
              }),
            );
          }
        }),
      );

      for (const answers of statuses.values()) {
        expect(answers.filter((status) => status !== 200)).to.deep.equal([202]);
        expect(answers).to.have.length(replicas);
      }
      const [first, ...others] = await Promise.all(all.map((server) => server.scrape()));
      for (const other of others) expect(other.counted).to.deep.equal(first?.counted);
      for (const result of runResults) {
        expect(first?.total(runs, { result }), result).to.equal(expected((counts) => counts.results?.[result]));
      }
      expect(first?.total("cicd_pipeline_run_restarts_total")).to.equal(expected(({ restarts }) => restarts));
      expect(first?.total("cicd_pipeline_runs_recovered_total")).to.equal(expected(({ recovered }) => recovered));
      expect(first?.total("cicd_job_runs_total")).to.equal(expected(({ jobs }) => jobs));
      for (const server of all) expect(server.logged().filter(({ msg }) => msg === "request failed")).to.deep.equal([]);
    });
  });
}
