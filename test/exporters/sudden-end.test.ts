import { expect } from "chai";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { requireProcfs } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { findProcesses, startWorld, type World } from "./world.ts";

/** Not one of the addresses that a server takes for its own host alone, so it waits for load balancers before it stops. */
const network = { PIPEGAUGE_HOST: "::ffff:127.0.0.1", PIPEGAUGE_GITLAB_SECRET: "sixteen-letters-or-more" };
const throwing = 'process.once("SIGUSR2", () => { throw new Error("thrown by the test"); });';

describe("exporters of a server that ends suddenly", function () {
  this.timeout(60_000);
  let world: World | undefined;
  before(requireProcfs);
  afterEach(async () => {
    await world?.server.end("SIGKILL");
    if (world !== undefined) for (const pid of findProcesses(world)) process.kill(Number(pid), "SIGKILL");
    await world?.end();
    world = undefined;
  });

  async function startWithExporter(env: Readonly<Record<string, string>>): Promise<World> {
    const started = (world = await startWorld("", env));
    void started.server
      .request("/metrics/endless", { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "50" } })
      .catch(() => undefined);
    // The shell, and the child that ignores SIGTERM.
    await until(() => findProcesses(started).length >= 2, "its start");
    return started;
  }

  async function expectNothingLeft(ended: World): Promise<void> {
    await until(() => findProcesses(ended).length === 0, "the end of the exporter's processes");
    await until(() => readdirSync(join(ended.folder, "tmp")).length === 0, "the removal of the exporter's files");
  }

  it("end with it at a second signal, while it waits to stop", async () => {
    const started = await startWithExporter(network);

    process.kill(started.server.pid, "SIGTERM");
    await until(() => started.server.output().includes('"msg":"stopping"'), "the first signal");

    expect(await started.server.end("SIGINT")).to.equal("SIGINT");
    await expectNothingLeft(started);
  });

  it("end with it at an error that nothing catches", async () => {
    const started = await startWithExporter({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(throwing)}`,
    });

    expect(await started.server.end("SIGUSR2")).to.equal(1);
    expect(started.server.errors()).to.include("thrown by the test");
    await expectNothingLeft(started);
  });
});
