import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startPrometheus, type Prometheus } from "../support/exposition/prometheus.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { startWorld, type World } from "./world.ts";

describe("two real Prometheus servers that scrape one slow exporter", function () {
  this.timeout(60_000);
  let world: World;
  const prometheus: Prometheus[] = [];

  before(async function () {
    const binary = requireTool.call(this, "prometheus");
    world = await startWorld();
    const found = `  - {job_name: found, http_sd_configs: [{url: "${world.server.url}/metrics/targets", refresh_interval: 1s}],
       relabel_configs: [{source_labels: [exporter], regex: "slow|fine|boom", action: keep}]}`;
    const config = `global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n${found}\n`;
    prometheus.push(await startPrometheus(binary, config), await startPrometheus(binary, config));
  });
  after(async () => {
    await Promise.all(prometheus.map((server) => server.stop()));
    await world?.end();
  });

  it("both get its metrics each time, and find it by themselves", async () => {
    for (const server of prometheus) {
      await until(
        async () => ((await server.value('count_over_time(slow{exporter="slow"}[1m])')) ?? 0) >= 3,
        "scrapes",
        30_000,
      );
      expect(await server.value('min_over_time(up{exporter="slow"}[1m])')).to.equal(1);
      expect(await server.value('up{exporter="fine"}')).to.equal(1);
      expect(await server.value('up{exporter="boom"}')).to.equal(0);
    }
    const runs = readFileSync(join(world.folder, "counter"), "utf8").length / 2;
    expect(runs).to.be.at.least(3);
  });
});
