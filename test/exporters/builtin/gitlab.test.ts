import { expect } from "chai";
import { closeAfterEach } from "../../support/close-after-each.ts";
import { startPeer, type Reply } from "../../support/server/peer.ts";
import { freshFolder } from "../../support/folder.ts";
import { gather, holdUntil, readProblem, routes } from "./gather.ts";

const api = "/api/v4";
const limit = { "RateLimit-Limit": "2000", "RateLimit-Remaining": "1987" };
/** Rows of a list as https://docs.gitlab.com/api/runners/ shows them: no tags, and nothing of what a runner does. */
const runner = (id: number, status = "online", paused = false) => ({
  id,
  status,
  paused,
  online: status === "online",
  is_shared: false,
  runner_type: "group_type",
  description: `runner-${id}`,
});
const detail = (id: number, tags: readonly string[]) => () => ({
  status: 200,
  json: { ...runner(id), tag_list: tags },
});
const doing = (count: number) => (): Reply => ({
  status: 200,
  json: Array.from({ length: count }, () => ({ id: 1 })),
  headers: limit,
});
const job = (id: number, tags: readonly string[], queued: number | null) => ({
  id,
  status: "pending",
  name: "build",
  tag_list: tags,
  queued_duration: queued,
});

const world = {
  [`${api}/groups/shop/runners`]: (query: URLSearchParams): Reply =>
    query.get("page") === "1"
      ? {
          status: 200,
          json: [runner(1), runner(2)],
          headers: { ...limit, Link: '<https://elsewhere.example.com/?page=2>; rel="next"' },
        }
      : { status: 200, json: [runner(3, "stale"), runner(4, "online", true)], headers: limit },
  [`${api}/projects/shop%2Fcart/runners`]: (): Reply => ({ status: 200, json: [runner(1), runner(5)] }),
  [`${api}/projects/shop%2Fcart/jobs`]: (query: URLSearchParams): Reply =>
    query.get("scope[]") === "pending"
      ? { status: 200, json: [job(9, ["linux", "docker"], 61.4), job(8, ["docker", "linux"], 12), job(7, [], null)] }
      : { status: 400 },
  ...Object.fromEntries(
    [
      [1, ["docker", "linux"], 1],
      [2, ["linux", "docker"], 0],
      [3, ["windows"], 0],
      [4, [], 0],
      [5, [], 0],
    ].flatMap(([id, tags, busy]) => [
      [`${api}/runners/${String(id)}`, detail(Number(id), tags as string[])],
      [`${api}/runners/${String(id)}/jobs`, doing(Number(busy))],
    ]),
  ),
};

describe("the gitlab exporter", () => {
  const folder = freshFolder();
  const start = closeAfterEach(startPeer);

  it("counts runners by state and tags once, and pending jobs with the age of the oldest", async () => {
    const peer = await start(routes(world));
    const samples = await gather("gitlab", folder(), { url: `${peer.url}/`, groups: "shop", projects: ["shop/cart"] });

    expect(samples).to.have.members([
      "cicd_worker_count{provider=gitlab state=busy tags=docker,linux} 1",
      "cicd_worker_count{provider=gitlab state=available tags=docker,linux} 1",
      "cicd_worker_count{provider=gitlab state=offline tags=windows} 1",
      "cicd_worker_count{provider=gitlab state=offline tags=} 1",
      "cicd_worker_count{provider=gitlab state=available tags=} 1",
      "cicd_queue_jobs{provider=gitlab project=shop/cart tags=docker,linux reason=pending} 2",
      "cicd_queue_jobs{provider=gitlab project=shop/cart tags= reason=pending} 1",
      "cicd_queue_oldest_seconds{provider=gitlab project=shop/cart tags=docker,linux reason=pending} 61",
      "cicd_queue_oldest_seconds{provider=gitlab project=shop/cart tags= reason=pending} 0",
      "cicd_api_requests_remaining{provider=gitlab} 1987",
    ]);
    expect(new Set(peer.seen.map(({ headers }) => headers["private-token"]))).to.deep.equal(new Set(["t0ken"]));
    expect(peer.seen.every(({ method }) => method === "GET")).to.equal(true);
  });

  it("counts a runner that it may not look at by its status, and leaves out one that is gone", async () => {
    const peer = await start(
      routes({
        [`${api}/groups/g/runners`]: () => ({ status: 200, json: [runner(1), runner(2), runner(3, "offline")] }),
        [`${api}/runners/1`]: () => ({ status: 403, json: { message: "403 Forbidden" } }),
        [`${api}/runners/3`]: () => ({ status: 403, json: { message: "403 Forbidden" } }),
      }),
    );

    expect(await gather("gitlab", folder(), { url: peer.url, groups: "g" })).to.have.members([
      "cicd_worker_count{provider=gitlab state=available tags=} 1",
      "cicd_worker_count{provider=gitlab state=offline tags=} 1",
    ]);
  });

  it("looks at four runners at a time, and shows them in the order of the list", async () => {
    const ids = Array.from({ length: 12 }, (_, i) => i + 1);
    const table = {
      [`${api}/groups/g/runners`]: () => ({ status: 200, json: ids.map((id) => runner(id, "offline")) }),
      ...Object.fromEntries(ids.map((id) => [`${api}/runners/${id}`, detail(id, [`tag-${id}`])])),
    };
    const held = holdUntil(4, routes(table), (path) => /runners\/\d+$/.test(path));
    const peer = await start((request) => held.answer(request));

    expect(await gather("gitlab", folder(), { url: peer.url, groups: "g" })).to.deep.equal(
      ids.map((id) => `cicd_worker_count{provider=gitlab state=offline tags=tag-${id}} 1`),
    );
    expect(held.most()).to.equal(4);
  });

  it("bounds the tags that get series of their own", async () => {
    const jobs = Array.from({ length: 150 }, (_, i) => job(i, [`tag-${i}`], 1));
    const peer = await start(
      routes({
        [`${api}/projects/p/runners`]: () => ({ status: 200, json: [] }),
        [`${api}/projects/p/jobs`]: () => ({ status: 200, json: jobs }),
      }),
    );
    const samples = await gather("gitlab", folder(), { url: peer.url, projects: "p" });

    expect(samples.filter((sample) => sample.startsWith("cicd_queue_jobs"))).to.have.length(101);
    expect(samples).to.include("cicd_queue_jobs{provider=gitlab project=p tags=__other__ reason=pending} 50");
  });

  const refusals: readonly (readonly [reply: Reply, problem: RegExp])[] = [
    [{ status: 401, json: { message: "401 Unauthorized" } }, /401 .*the token is not valid any more/],
    [{ status: 403, json: { message: "403 Forbidden" } }, /403 .*the token needs the scope read_api/],
    [
      { status: 404, json: { message: "404 Group Not Found" } },
      /404 to GET \/groups\/g\/runners \(404 Group Not Found\)/,
    ],
    [{ status: 429, headers: { "Retry-After": "17" } }, /the API's limit is used up: wait 17 s/],
    [{ status: 502, json: {} }, /GitLab answered 502 .*try again later/],
    [{ status: 302, headers: { Location: "https://sso.example.com/" } }, /give that one with settings\.url/],
    [{ status: 200, json: { not: "a list" } }, /the answer to \/groups\/g\/runners is not a list/],
  ];
  for (const [reply, problem] of refusals) {
    it(`stops at ${reply.status} ${JSON.stringify(reply.json ?? "")} and says what to do`, async () => {
      const peer = await start(() => reply);

      expect(await readProblem(gather("gitlab", folder(), { url: peer.url, groups: "g" }))).to.match(problem);
      expect(peer.seen).to.have.length(1);
    });
  }

  it("says what its entry lacks", async () => {
    expect(await readProblem(gather("gitlab", folder(), {}))).to.match(/settings need groups, projects, or instance/);
    expect(await readProblem(gather("gitlab", folder(), { groups: "g", url: ["a", "b"] }))).to.equal(
      "settings.url must be a text",
    );
    expect(await readProblem(gather("gitlab", folder(), { groups: "g", tokenFile: `${folder()}/none` }))).to.match(
      /ENOENT/,
    );
  });
});
