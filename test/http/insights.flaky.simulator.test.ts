import { expect } from "chai";
import { deliveredSpan, deliverToGithub, deliverToGitlab } from "../answers/deliver-runs.ts";
import {
  brokenNames,
  flakyNames,
  matrixNames,
  names,
  simulateFortnight,
  type Provider,
} from "../answers/simulate-fortnight.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readAnyInsight } from "../support/server/insights.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const toText = (millis: number) => new Date(millis).toISOString();
const span = `since=${toText(deliveredSpan.since)}&until=${toText(deliveredSpan.until)}`;
const deliverers = { gitlab: deliverToGitlab, github: deliverToGithub } as const;

/** GitHub sends a delivery for each job, so there most of the jobs that always pass are left out. */
const isTold = (name: string, provider: Provider) =>
  provider === "gitlab" || !/^job [345]\d$/.test(name) || matrixNames.includes(name);

/** The simulated fortnight as deliveries of a provider, whose id of a run is ours. */
function tellFortnight(provider: Provider) {
  const { runs, flakes } = simulateFortnight(3, provider, 2);
  const story = runs.flatMap(({ jobs, ...run }) =>
    deliverers[provider]({ ...run, jobs: jobs.filter(({ name }) => isTold(name ?? "", provider)) }, run.id),
  );
  return { story, flakes };
}

/** Flaky jobs with their runs, and what is counted of flakes, by job. */
async function ask(server: TestServer) {
  const found = await readAnyInsight(server, `flaky?limit=200&${span}`);
  const scraped = await server.scrape();
  const counted = names.map((name) => scraped.total("cicd_job_flakes_total", { job_name: name }));
  return { found, counted };
}

for (const database of databases) {
  describe(`flaky jobs of a simulated fortnight, by webhooks: ${database.name}`, function () {
    this.timeout(300_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder(), atOnce: 64 };

    for (const provider of ["gitlab", "github"] as const) {
      it(`are those that were made flaky, and no others, in every order: ${provider}`, async () => {
        const { story, flakes } = tellFortnight(provider);

        const { found, counted } = await askInEveryOrder(stage, story, ask);

        const items = found["items"] as readonly Json[];
        const events = items.flatMap(({ job_name: name, flakes: count, run_ids: ids }) =>
          count === 0 ? [] : (ids as readonly string[]).map((id) => `${id}/${String(name)}`),
        );
        expect(flakes.size, "flakes that happened").to.be.above(25);
        expect(events).to.have.members([...flakes]);
        expect(items.slice(0, 5).map((item) => item["job_name"])).to.deep.equal(flakyNames);
        const states = Object.fromEntries(items.map(({ job_name: name, state }) => [name, state]));
        expect(states).to.deep.equal({
          ...Object.fromEntries(flakyNames.map((name) => [name, "flaky"])),
          ...Object.fromEntries(brokenNames.map((name) => [name, "broken"])),
        });
        expect(found).to.include({ exact: true, error_bound: null });
        // The counter knows no outages: in that run each job failed and passed.
        const happened = names.map((name) => [...flakes].filter((flake) => flake.endsWith(`/${name}`)).length);
        expect(counted).to.deep.equal(happened.map((count, i) => count + (isTold(names[i] ?? "", provider) ? 1 : 0)));
      });
    }
  });
}
