import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSidecarCall } from "../../src/commands/sidecar/parse-arguments.ts";
import { freshFolder } from "../support/folder.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { afterScripts, dashboardQueries, podContainers } from "./documented.ts";
import { runScript } from "./sidecar-process.ts";

/** docs/migrating.md, done as it says. */
describe("docs/migrating.md: the template counter", () => {
  const serve = testServers();
  const folder = freshFolder();

  const use = async (url: string, fields: Readonly<Record<string, string>>) => {
    const whole = { status: "success", project: "group-app", name: "dotnet_build", ...fields };
    await fetch(`${url}/steps?${new URLSearchParams(whole).toString()}`);
  };
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

  it("shows a pod whose sidecar is called as it must be, and shares the job's volume", () => {
    const { first, others } = podContainers();
    const [command, ...args] = first[0]?.args ?? [];

    const call = readSidecarCall(args, {});

    expect(command).to.equal("sidecar");
    expect(first[0]).to.include({ restartPolicy: "Always" });
    expect({ file: call.file, receiver: call.receiver.href, timeout: call.timeoutMillis }).to.deep.equal({
      file: "/builds/.metrics/metrics.json",
      receiver: "http://pipegauge.ci.svc/steps",
      timeout: 2 * 3_600_000,
    });
    expect(afterScripts()[0]).to.contain(call.file);
    expect(others[0]?.volumeMounts).to.deep.equal(first[0]?.volumeMounts);
  });

  it("shows a job that reports by itself, with curl", async function () {
    requireTool.call(this, "curl");
    const server = await serve({ env: { PRPC_PSK: "k, 1" } });
    const job = runScript(afterScripts()[1] ?? "false", {
      PIPEGAUGE_URL: server.url,
      PRPC_PSK: "k, 1",
      CI_JOB_ID: "4711",
      CI_JOB_STARTED_AT: ago(90),
      CI_JOB_STATUS: "success",
      CI_PROJECT_PATH: "group/app & more",
      CI_JOB_NAME: "dotnet_build",
    });

    expect(await job.ended, job.output()).to.equal(0);
    const totals = await server.scrape();
    expect(totals.total("ci_dotnet_build_total", { project: "group/app & more" })).to.equal(1);
    expect(totals.total("ci_dotnet_build_duration_count")).to.equal(1);
  });

  const answers: Readonly<Record<string, number>> = {
    total: 6,
    passed: 4,
    failed: 2,
    "passed within a minute": 1,
    "passed, between one and two minutes": 2,
    "failed, longer than twenty minutes": 1,
    "number of projects": 2,
    "all jobs": 7,
  };
  for (const format of ["text", "openmetrics"] as const) {
    it(`answers the dashboard's questions as Prometheus stores the ${format}`, async function () {
      const promtool = requireTool.call(this, "promtool");
      const server = await serve();
      for (const seconds of [30, 90, 100, 700]) await use(server.url, { started: ago(seconds) });
      await use(server.url, { started: ago(90), status: "failed", project: "group-lib" });
      await use(server.url, { started: ago(1500), status: "failed" });
      await use(server.url, { started: ago(1), name: "helm_restore" });
      const accept = format === "text" ? "text/plain" : "application/openmetrics-text";
      const { text } = await server.request("/metrics/ledger", { headers: { accept } });

      const asked = dashboardQueries().map(
        ([question, query]) =>
          [
            question,
            query
              .replaceAll("${Framework}", "dotnet")
              .replaceAll("${Step}", "build")
              .replaceAll("$Projects", "group-.*"),
          ] as const,
      );
      const samples = [...parseExposition(text, format).values()].flatMap((family) => family.samples);
      const series = samples
        .filter(({ name }) => name.startsWith("ci_"))
        .map(({ name, labels, value }) => ({
          series: `${name}{${[...labels].map(([label, of]) => `${label}=${JSON.stringify(of)}`).join(",")}}`,
          values: `${value}x1`,
        }));
      const tests = asked.flatMap(([question, expr]) =>
        answers[question] === undefined
          ? []
          : [{ expr, eval_time: "1m", exp_samples: [{ labels: "{}", value: answers[question] }] }],
      );
      tests.push({
        expr: "sort(sum by (project, status) (ci_dotnet_build_total)) > 3",
        eval_time: "1m",
        exp_samples: [{ labels: '{project="group-app", status="success"}', value: 4 }],
      });
      const mean = asked.find(([question]) => question === "mean duration")?.[1] ?? "";
      tests.push({ expr: `round(${mean}, 10)`, eval_time: "1m", exp_samples: [{ labels: "{}", value: 420 }] });
      const file = join(folder(), "tests.json");
      writeFileSync(
        file,
        JSON.stringify({ rule_files: [], tests: [{ interval: "1m", input_series: series, promql_expr_test: tests }] }),
      );

      const { status, stdout, stderr } = spawnSync(promtool, ["test", "rules", file], { encoding: "utf8" });

      expect(tests).to.have.length(asked.length);
      expect(status, stdout + stderr).to.equal(0);
    });
  }
});
