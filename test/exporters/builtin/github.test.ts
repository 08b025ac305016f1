import { expect } from "chai";
import { closeAfterEach } from "../../support/close-after-each.ts";
import { startPeer, type Reply } from "../../support/server/peer.ts";
import { freshFolder } from "../../support/folder.ts";
import { gather, holdUntil, readProblem, routes } from "./gather.ts";

const limit = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4711" };
const ok = (json: unknown): Reply => ({ status: 200, json, headers: limit });
/** As https://docs.github.com/en/rest/actions/self-hosted-runners shows a runner. */
const runner = (id: number, status: string, busy: boolean, ...labels: readonly string[]) => ({
  id,
  name: `runner-${id}`,
  os: "linux",
  status,
  busy,
  labels: labels.map((name, i) => ({ id: i, name, type: i === 0 ? "read-only" : "custom" })),
});
const job = (status: string, secondsAgo: number, ...labels: readonly string[]) => ({
  id: secondsAgo,
  status,
  created_at: new Date(Date.now() - secondsAgo * 1000).toISOString(),
  labels,
});

const world = {
  "/orgs/shop/actions/runners": () =>
    ok({
      total_count: 2,
      runners: [runner(1, "online", true, "self-hosted", "gpu"), runner(2, "offline", false, "self-hosted")],
    }),
  "/repos/shop/cart/actions/runners": () =>
    ok({ total_count: 1, runners: [runner(3, "online", false, "gpu", "self-hosted")] }),
  "/repos/shop/cart/actions/runs": (query: URLSearchParams) =>
    ok({ workflow_runs: [{ id: query.get("status") === "queued" ? 10 : 11 }] }),
  "/repos/shop/cart/actions/runs/10/jobs": () =>
    ok({ jobs: [job("queued", 300, "ubuntu-latest"), job("queued", 900, "ubuntu-latest")] }),
  "/repos/shop/cart/actions/runs/11/jobs": () =>
    ok({
      jobs: [job("in_progress", 60, "ubuntu-latest"), job("queued", 30, "self-hosted", "gpu"), job("waiting", 20)],
    }),
};

describe("the github exporter", () => {
  const folder = freshFolder();
  const start = closeAfterEach(startPeer);

  it("counts self-hosted runners by state and labels, and queued jobs of waiting and of running runs", async () => {
    const peer = await start(routes(world));
    const samples = await gather("github", folder(), {
      url: peer.url,
      organisations: "shop",
      repositories: "shop/cart",
    });

    expect(samples.filter((sample) => !sample.includes("oldest"))).to.have.members([
      "cicd_worker_count{provider=github state=busy tags=gpu,self-hosted} 1",
      "cicd_worker_count{provider=github state=offline tags=self-hosted} 1",
      "cicd_worker_count{provider=github state=available tags=gpu,self-hosted} 1",
      "cicd_queue_jobs{provider=github project=shop/cart tags=ubuntu-latest reason=queued} 2",
      "cicd_queue_jobs{provider=github project=shop/cart tags=gpu,self-hosted reason=queued} 1",
      "cicd_api_requests_remaining{provider=github} 4711",
    ]);
    const oldest = samples.find((sample) => sample.includes("oldest") && sample.includes("ubuntu"));
    expect(Number(oldest?.split(" ").at(-1))).to.be.within(900, 960);
    expect(new Set(peer.seen.map(({ headers }) => headers.authorization))).to.deep.equal(new Set(["Bearer t0ken"]));
  });

  it("asks for the jobs of four runs at a time, and shows them in the order of the repositories", async () => {
    const repositories = ["o/a", "o/b", "o/c", "o/d"];
    const table = Object.fromEntries(
      repositories.flatMap((repository, i) => [
        [`/repos/${repository}/actions/runners`, () => ok({ runners: [] })],
        [
          `/repos/${repository}/actions/runs`,
          (query: URLSearchParams) =>
            ok({ workflow_runs: [{ id: 10 * i + (query.get("status") === "queued" ? 1 : 2) }] }),
        ],
        ...[1, 2].map((n) => [
          `/repos/${repository}/actions/runs/${10 * i + n}/jobs`,
          () => ok({ jobs: [job("queued", 5, `label-${i}-${n}`)] }),
        ]),
      ]),
    ) as Readonly<Record<string, (query: URLSearchParams) => Reply>>;
    const held = holdUntil(4, routes(table), (path) => /\/jobs\?/.test(path));
    const peer = await start((request) => held.answer(request));
    const samples = await gather("github", folder(), { url: peer.url, repositories });

    expect(samples.filter((sample) => sample.startsWith("cicd_queue_jobs"))).to.deep.equal(
      repositories.flatMap((repository, i) =>
        [1, 2].map(
          (n) => `cicd_queue_jobs{provider=github project=${repository} tags=label-${i}-${n} reason=queued} 1`,
        ),
      ),
    );
    expect(held.most()).to.equal(4);
  });

  it("says that the limit is used up, whichever status tells it", async () => {
    const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800" };
    for (const status of [403, 429]) {
      const peer = await start(() => ({ status, json: { message: "API rate limit exceeded" }, headers: reset }));

      expect(await readProblem(gather("github", folder(), { url: peer.url, organisations: "o" }))).to.match(
        /API rate limit exceeded\): the API's limit is used up: try again after 2100-01-01T00:00:00/,
      );
    }
  });

  it("names the rights that a token lacks", async () => {
    const peer = await start(() => ({
      status: 403,
      json: { message: "Resource not accessible by personal access token" },
    }));

    expect(await readProblem(gather("github", folder(), { url: peer.url, repositories: "a/b" }))).to.match(
      /the token needs Actions: read, and Administration: read for runners/,
    );
  });

  it("says what its entry lacks", async () => {
    expect(await readProblem(gather("github", folder(), {}))).to.equal("settings need organisations or repositories");
    expect(await readProblem(gather("github", folder(), { repositories: ["../x"] }))).to.equal(
      'settings.repositories: "../x" is not owner/name',
    );
  });
});
