import { expect } from "chai";
import { inventDay } from "../../../src/demo/deliveries.ts";
import { sendAll } from "../../../src/demo/send.ts";
import { dayMillis } from "../../../src/core/time.ts";
import { databasesAndPartitions, sandbox } from "../../support/database/databases.ts";
import { freshFolder } from "../../support/folder.ts";
import { testServers, type TestServer } from "../../support/server/server.ts";
import { readObjects, runExport } from "./exporting.ts";

/** The objects of all pages of a list of the read API. */
async function readAll(server: TestServer, list: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let cursor = ""; ; ) {
    const { status, json } = await server.request(`/api/v1/${list}?limit=200${cursor}`);
    expect(status).to.equal(200);
    all.push(...(json[list] as Record<string, unknown>[]));
    const next = json["next_cursor"] as string | null;
    if (next === null) return all;
    cursor = `&cursor=${next}`;
  }
}

function sort(items: readonly Record<string, unknown>[]): string[] {
  return items.map((item) => JSON.stringify(item)).toSorted();
}

for (const database of databasesAndPartitions) {
  describe(`export of the demo's day, on ${database.name}`, function () {
    this.timeout(120_000);
    const box = sandbox(database);
    const folder = freshFolder();
    const launch = testServers();

    it("has the API's objects, and sums up to the API's summary", async () => {
      const databaseUrl = await box.url();
      const server = await launch({ databaseUrl, env: { PIPEGAUGE_LOG_LEVEL: "warn" } });
      const now = Date.now();
      const { deliveries } = inventDay({ seed: 3, runs: 120, now });
      await sendAll(deliveries, { url: new URL(`${server.url}/`), token: undefined }, () => undefined);
      const since = new Date(now - dayMillis).toISOString().slice(0, 10);
      const kinds = ["runs", "jobs", "deployments", "changes", "pushes"] as const;

      // What the server received meanwhile was perhaps first seen on the next day.
      await runExport({ databaseUrl, folder: folder(), now: now + dayMillis, since, given: { kinds } });

      const [runs, jobs] = [readObjects(folder(), "runs"), readObjects(folder(), "jobs")];
      // How many of them start child pipelines depends on the time of day.
      expect(runs).to.have.length.at.least(120);
      expect(sort(runs)).to.deep.equal(sort(await readAll(server, "runs")));
      expect(jobs).to.have.length.above(500);
      expect(sort(jobs)).to.deep.equal(sort(await readAll(server, "jobs")));
      for (const list of ["deployments", "changes", "pushes"]) {
        const found = readObjects(folder(), list);
        expect(sort(found), list)
          .to.deep.equal(sort(await readAll(server, list)))
          .and.have.length.above(10);
      }
      const query = `by=provider&since=${since}`;
      const { json } = await server.request(`/api/v1/jobs/summary?${query}`);
      for (const group of json["groups"] as Record<string, unknown>[]) {
        // Jobs that were skipped have no end, and the summary counts by the end.
        const finished = jobs.filter(
          ({ provider, result, finished_at: end }) => provider === group["provider"] && result !== null && end !== null,
        );
        const seconds = finished.reduce((sum, job) => sum + Number(job["duration_seconds"] ?? 0), 0);
        const results = Object.values(group["results"] as Record<string, number>);
        expect(finished, String(group["provider"])).to.have.length(results.reduce((sum, count) => sum + count, 0));
        expect(seconds, String(group["provider"])).to.be.closeTo(Number(group["total_seconds"]), 1e-6);
      }
    });
  });
}
