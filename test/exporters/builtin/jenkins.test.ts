import { expect } from "chai";
import { closeAfterEach } from "../../support/close-after-each.ts";
import { startPeer, type Reply } from "../../support/server/peer.ts";
import { freshFolder } from "../../support/folder.ts";
import { gather, readProblem, routes } from "./gather.ts";

const item = (name: string, why: string | null, flags: object, secondsAgo: number) => ({
  _class: "hudson.model.Queue$BuildableItem",
  blocked: false,
  buildable: false,
  stuck: false,
  inQueueSince: Date.now() - secondsAgo * 1000,
  why,
  task: { name, url: `https://ci.example.com/job/shop/job/${encodeURIComponent(name)}/` },
  ...flags,
});
const computer = (displayName: string, labels: readonly string[], idle: readonly boolean[], offline = false) => ({
  _class: "hudson.slaves.SlaveComputer",
  displayName,
  offline,
  numExecutors: idle.length,
  executors: idle.map((isIdle) => ({ idle: isIdle })),
  assignedLabels: [...labels, displayName].map((name) => ({ name })),
});

const linux = "Waiting for next available executor on ‘linux’";
const world = {
  "/jenkins/queue/api/json": (): Reply => ({
    status: 200,
    json: {
      items: [
        item("cart", linux, { buildable: true }, 120),
        item("cart", linux, { buildable: true }, 30),
        item("pay", linux, { buildable: true, stuck: true }, 4000),
        item("größe", "Build #3 is already in progress (ETA: 5 min)", { blocked: true }, 10),
        item("docs", "In the quiet period. Expires in 4.2 sec", {}, 1),
        item("old", "‘windows-1’ is offline", { buildable: true }, 50),
      ],
    },
  }),
  "/jenkins/computer/api/json": (): Reply => ({
    status: 200,
    json: {
      computer: [
        computer("Built-In Node", ["built-in"], [true, true]),
        computer("linux-1", ["linux", "docker"], [false, true, false]),
        computer("windows-1", ["windows"], [true, true], true),
      ],
    },
  }),
};

describe("the jenkins exporter", () => {
  const folder = freshFolder();
  const start = closeAfterEach(startPeer);

  it("counts executors by label and state, and the queue by job and reason, with two requests", async () => {
    const peer = await start(routes(world));
    const samples = await gather("jenkins", folder(), { url: `${peer.url}/jenkins/`, user: "monitor" });

    expect(samples.filter((sample) => !sample.includes("oldest"))).to.have.members([
      "cicd_worker_count{provider=jenkins state=busy tags=built-in} 0",
      "cicd_worker_count{provider=jenkins state=available tags=built-in} 2",
      "cicd_worker_count{provider=jenkins state=busy tags=docker,linux} 2",
      "cicd_worker_count{provider=jenkins state=available tags=docker,linux} 1",
      "cicd_worker_count{provider=jenkins state=offline tags=windows} 2",
      "cicd_queue_jobs{provider=jenkins project=shop/cart tags=linux reason=executor} 2",
      "cicd_queue_jobs{provider=jenkins project=shop/pay tags=linux reason=stuck} 1",
      "cicd_queue_jobs{provider=jenkins project=shop/größe tags= reason=blocked} 1",
      "cicd_queue_jobs{provider=jenkins project=shop/docs tags= reason=quiet_period} 1",
      "cicd_queue_jobs{provider=jenkins project=shop/old tags= reason=offline} 1",
    ]);
    const oldest = samples.find((sample) => sample.includes("oldest") && sample.includes("shop/cart"));
    expect(Number(oldest?.split(" ").at(-1))).to.be.within(120, 180);
    expect(peer.seen).to.have.length(2);
    const basic = `Basic ${Buffer.from("monitor:t0ken").toString("base64")}`;
    expect(peer.seen.map(({ headers }) => headers.authorization)).to.deep.equal([basic, basic]);
  });

  it("asks without a name where none is given", async () => {
    const peer = await start(routes(world));
    await gather("jenkins", folder(), { url: `${peer.url}/jenkins` });

    expect(peer.seen[0]?.headers.authorization).to.equal(undefined);
  });

  const refusals: readonly (readonly [reply: Reply, problem: RegExp])[] = [
    [{ status: 401 }, /401 .*the token is not valid any more/],
    [{ status: 403 }, /403 .*the token needs Overall\/Read/],
    [{ status: 503, json: {} }, /Jenkins answered 503 .*try again later/],
    [
      { status: 200, json: "<html>log in</html>" },
      /answered \/queue\/api\/json without items: the user needs Overall\/Read/,
    ],
  ];
  for (const [reply, problem] of refusals) {
    it(`says what to do about ${reply.status} ${JSON.stringify(reply.json ?? "")}`, async () => {
      const peer = await start(() => reply);

      expect(await readProblem(gather("jenkins", folder(), { url: peer.url }))).to.match(problem);
    });
  }

  it("needs an address", async () => {
    expect(await readProblem(gather("jenkins", folder(), {}))).to.equal("settings.url must be a text");
  });
});
