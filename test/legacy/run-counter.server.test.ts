import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseExposition } from "../support/exposition/parser.ts";
import { freshFolder } from "../support/folder.ts";
import { startProcess, testServers, type Reachable } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

function report(server: Reachable, name: string, success = true) {
  return server.request("/metrics", { method: "POST", body: JSON.stringify({ name, success }) });
}

describe("run counter: in Pipegauge", () => {
  const serve = testServers();
  const folder = freshFolder();

  it("shows its lines and nothing else of it, to the letter", async () => {
    const server = await serve();
    for (const [name, success] of [
      ["truck_factory", true],
      ["car_factory", true],
      ["car_factory", false],
      ["truck_factory", true],
    ] as const)
      await report(server, name, success);

    const { text } = await server.request("/metrics");

    const from = text.indexOf("# HELP car_factory");
    expect(text.slice(from, text.indexOf("# HELP cicd_pipeline_run_active"))).to.equal(
      [
        "# HELP car_factory_pipeline_run_total The total number of car_factory pipeline runs.",
        "# TYPE car_factory_pipeline_run_total counter",
        'car_factory_pipeline_run_total{status="success"} 1',
        'car_factory_pipeline_run_total{status="failure"} 1',
        "# HELP truck_factory_pipeline_run_total The total number of truck_factory pipeline runs.",
        "# TYPE truck_factory_pipeline_run_total counter",
        'truck_factory_pipeline_run_total{status="success"} 2',
        'truck_factory_pipeline_run_total{status="failure"} 0',
        "",
      ].join("\n"),
    );
    expect(text.match(/factory_pipeline_run_total/g)).to.have.length(8);
  });

  it("shows the same as OpenMetrics", async () => {
    const server = await serve();
    await report(server, "car_factory", false);

    const { text } = await server.request("/metrics", { headers: { accept: "application/openmetrics-text" } });

    const family = parseExposition(text, "openmetrics").get("car_factory_pipeline_run");
    expect(family).to.include({ type: "counter", help: "The total number of car_factory pipeline runs." });
    expect(
      family?.samples
        .filter(({ name }) => name.endsWith("_total"))
        .map(({ name, labels, value }) => [name, Object.fromEntries(labels), value]),
    ).to.deep.equal([
      ["car_factory_pipeline_run_total", { status: "success" }, 0],
      ["car_factory_pipeline_run_total", { status: "failure" }, 1],
    ]);
  });

  it("has nothing in it that promtool objects to", async function () {
    const promtool = requireTool.call(this, "promtool");
    const server = await serve();
    await report(server, "car_factory");
    await report(server, "_", false);

    const { text } = await server.request("/metrics");

    const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
    expect({ status, output: stdout + stderr }).to.deep.equal({ status: 0, output: "" });
  });

  it("refuses a new name when the series are used up, and goes on counting the others", async () => {
    const server = await serve({ env: { PIPEGAUGE_MAX_SERIES: "10" } });
    for (const name of ["a", "b", "c", "d"]) expect((await report(server, name)).status).to.equal(201);

    // One more fits, whichever comes first.
    const rush = await Promise.all(["e", "f", "g", "h", "i"].map((name) => report(server, name)));
    const late = await report(server, "j");

    expect(rush.filter(({ status }) => status === 201).length).to.be.at.most(1);
    expect(rush.filter(({ status }) => status === 400).length).to.be.at.least(4);
    expect((await Promise.all([report(server, "e"), report(server, "f")])).length).to.equal(2);
    const after = await report(server, "k");
    expect(
      [late, after].some(({ status, json }) => status === 400 && /PIPEGAUGE_MAX_SERIES=10/.test(String(json["error"]))),
    ).to.equal(true);
    for (const name of ["a", "b", "c", "d"]) expect((await report(server, name, false)).status).to.equal(201);
    const totals = await server.scrape();
    for (const name of ["a", "b", "c", "d"]) expect(totals.total(`${name}_pipeline_run_total`), name).to.equal(2);
  });

  it("has its names again after a restart, also when the series limit is reached", async () => {
    const env = { PIPEGAUGE_MAX_SERIES: "10" };
    const first = await serve({ env, databaseUrl: `sqlite:${join(folder(), "ci.db")}` });
    for (const name of ["a", "b", "c", "d", "e"]) await report(first, name);
    await first.stop();

    const second = await serve({ env, databaseUrl: `sqlite:${join(folder(), "ci.db")}` });
    const answers = [await report(second, "e", false), await report(second, "f")];

    expect(answers.map(({ status }) => status)).to.deep.equal([201, 400]);
    expect((await second.scrape()).total("e_pipeline_run_total")).to.equal(2);
  });

  it("keeps its counts when the runs are deleted, as retention does", async () => {
    const server = await serve();
    await report(server, "car_factory");
    await report(server, "car_factory", false);
    const { knex } = server.store.connection;
    for (const table of ["run_completions", "runs", "deliveries"]) await knex(table).delete();

    await report(server, "car_factory");

    const totals = await server.scrape();
    expect(totals.total("car_factory_pipeline_run_total", { status: "success" })).to.equal(2);
    expect(totals.total("car_factory_pipeline_run_total", { status: "failure" })).to.equal(1);
  });

  it("loses no acknowledged run when the process is killed", async () => {
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` };
    const first = await startProcess(env);
    let acknowledged = 0;
    const senders = Array.from({ length: 8 }, async () => {
      for (;;) {
        const { status } = await report(first, "car_factory");
        if (status === 201 && ++acknowledged === 50) void first.end("SIGKILL");
      }
    });
    await Promise.allSettled(senders);
    const second = await startProcess(env);

    const counted = (await second.scrape()).total("car_factory_pipeline_run_total", { status: "success" });
    await second.end();

    expect(acknowledged).to.be.at.least(50);
    // What was written but not answered when it died, one for each sender at most, counts as well.
    expect(counted).to.be.within(acknowledged, acknowledged + senders.length);
  });
});
