import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const time = (seconds: number) =>
  new Date(Date.UTC(2026, 10, 20, 10) + seconds * 1000).toISOString().replace(".000Z", "Z");
const repository = { id: 1, full_name: "shop/cart", html_url: "https://github.com/shop/cart", default_branch: "main" };

function send(id: string, event: string, body: object): Delivered {
  const headers = { "x-github-event": event, "x-github-delivery": id };
  return { source: "github", body: { action: "completed", repository, ...body }, headers };
}

type Times = readonly [created: number, started: number, completed: number];

/** A run with one job, which waited for a runner with these labels. */
function sendRun(id: number, labels: readonly string[], [created, started, completed]: Times): Delivered[] {
  const run = { name: "ci", head_branch: "main", head_sha: `${id}`.padStart(40, "a"), conclusion: "success" };
  const workflow_run = {
    ...run,
    id,
    path: ".github/workflows/ci.yml",
    run_number: id,
    run_attempt: 1,
    event: "push",
    status: "completed",
    workflow_id: 7,
    created_at: time(created),
    run_started_at: time(created),
    updated_at: time(completed),
  };
  const workflow_job = {
    ...run,
    id: id * 10,
    run_id: id,
    run_attempt: 1,
    workflow_name: "ci",
    name: "test",
    status: "completed",
    created_at: time(created),
    started_at: time(started),
    completed_at: time(completed),
    labels,
    steps: [{ name: "Run it", status: "completed", conclusion: "success", number: 1 }],
    runner_id: 3,
    runner_name: "r3",
  };
  return [send(`j${id}`, "workflow_job", { workflow_job }), send(`r${id}`, "workflow_run", { workflow_run })];
}

/** Two runners took five jobs of 100 s that came every 10 s; another class was free. */
const linux = ["self-hosted", "linux"];
const story: readonly Delivered[] = [
  ...sendRun(1, linux, [0, 0, 100]),
  ...sendRun(2, linux, [10, 10, 110]),
  ...sendRun(3, linux, [20, 100, 200]),
  ...sendRun(4, linux, [30, 110, 210]),
  ...sendRun(5, linux, [40, 200, 300]),
  ...sendRun(6, ["gpu"], [0, 0, 864]),
];
const daySeconds = 86_400;

for (const database of databases) {
  describe(`insights about runners: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("GET /api/v1/insights/runners: how busy they were and how long jobs waited, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "runners?target=80"));

      expect(found).to.include({ exact: true, runs: 6, jobs: 6, next_cursor: null });
      expect(found["items"]).to.deep.equal([
        {
          runner_class: "linux,self-hosted",
          jobs: 5,
          runs: 5,
          peak_running: 2,
          peak_waiting: 3,
          mean_running: 500 / daySeconds,
          mean_waiting: 320 / daySeconds,
          utilisation: 500 / daySeconds / 2,
          queue_p50: 80,
          queue_p90: 128,
          within_target_share: 0.8,
        },
        {
          runner_class: "gpu",
          jobs: 1,
          runs: 1,
          peak_running: 1,
          peak_waiting: 0,
          mean_running: 0.01,
          mean_waiting: 0,
          utilisation: 0.01,
          queue_p50: 0,
          queue_p90: 0,
          within_target_share: 1,
        },
      ]);
    });

    it("GET /api/v1/insights/runners/what-if: how long they would have waited with others, in every order", async () => {
      const query = "runners/what-if?runner_class=linux,self-hosted&target=60&percentile=50";
      const settings = { prices: [{ runnerClass: "linux,*", from: "2026-01-01", perMinute: 0.01 }] };
      const found = await askInEveryOrder({ ...stage, settings }, story, (server) => readInsight(server, query));

      const { definition, rows, ...rest } = found;
      expect(definition).to.match(/scheduled again/);
      expect(rest).to.deep.equal({
        since: "2026-11-20T00:00:00.000Z",
        until: "2026-11-21T00:00:00.000Z",
        runner_class: "linux,self-hosted",
        target: 60,
        percentile: 50,
        runs: 5,
        jobs: 5,
        peak_running: 2,
        least: 3,
      });
      const busy = (runners: number) => ({
        runners,
        busy_share: 500 / daySeconds / runners,
        cost: (14_400_000_000 * runners) / 1e9,
      });
      expect(rows).to.deep.equal([
        { ...busy(1), wait_p50: 180, wait_p95: 342, wait: 180 },
        { ...busy(2), wait_p50: 80, wait_p95: 144, wait: 80 },
        { ...busy(3), wait_p50: 0, wait_p95: 70, wait: 0 },
        { ...busy(4), wait_p50: 0, wait_p95: 48, wait: 0 },
      ]);
    });

    it("is about the jobs without a class where none is named", async () => {
      const server = await start({ databaseUrl: await box.url() });
      for (const { source, body, headers } of [...story, ...sendRun(7, [], [0, 5, 10])]) {
        await server.deliver(source, body, headers);
      }

      expect(await readInsight(server, "runners/what-if")).to.include({ runner_class: null, jobs: 1, least: 1 });
      const none = await readInsight(server, "runners/what-if?runner_class=mainframe");
      expect(none).to.deep.include({ jobs: 0, peak_running: 0, rows: [], least: 0 });
      const items = (await readInsight(server, "runners?limit=1"))["items"] as readonly Json[];
      expect(items.map(({ runner_class: name }) => name)).to.deep.equal(["linux,self-hosted"]);
    });
  });
}
