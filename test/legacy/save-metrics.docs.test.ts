import { expect } from "chai";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { freshFolder } from "../support/folder.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { section } from "./documented.ts";
import { view } from "./saved.ts";
import { runScript } from "./sidecar-process.ts";

interface Job {
  readonly script: readonly string[];
  readonly after_script: readonly string[];
}

function blocks(language: string): string[] {
  const text = section("The pipeline collector");
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\``, "gms"))].map(([, block = ""]) => block);
}

/** docs/migrating.md, done as it says. */
describe("docs/migrating.md: the pipeline collector", () => {
  const serve = testServers();
  const folder = freshFolder();
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z/, "Z");

  /** What GitLab sets for a job that began a minute after its pipeline was created, and took half a minute. */
  const variables = (url: string) => ({
    PIPEGAUGE_URL: url,
    PRPC_PSK: "k 1",
    CI_JOB_STATUS: "success",
    CI_PROJECT_PATH: "team/shop",
    CI_PIPELINE_ID: "4711",
    CI_PIPELINE_CREATED_AT: ago(90),
    CI_COMMIT_REF_NAME: "master",
    CI_JOB_NAME: "e2e: chrome",
    CI_JOB_STARTED_AT: ago(30),
  });

  it("shows a job that measures its steps and sends them", async function () {
    requireTool.call(this, "curl");
    const server = await serve({ env: { PRPC_PSK: "k 1" } });
    const { e2e } = parse(blocks("yaml")[0] ?? "") as { readonly e2e: Job };
    const steps = ["0m25.987s", "1m0.001s", "3m25.087s"].map(
      (real) => `made it\n\nreal\t${real}\nuser\t0m0.1s\nsys\t0m0.0s\n`,
    );
    writeFileSync(join(folder(), "steps.log"), steps.join(""));

    const job = runScript(`cd '${folder()}'\n${e2e.after_script.join("\n")}`, variables(server.url));

    expect(await job.ended, job.output()).to.equal(0);
    expect(job.output()).to.equal("");
    const [sent] = await view(server.store, "metrics_job");
    expect(sent).to.include({ pipeline_id: 4711, name: "e2e: chrome", duration_pull: 25, duration_up: 85 });
    expect(sent).to.include({ duration_up_without_pull: 60, duration_e2e: 205 });
    expect(sent?.["duration"]).to.be.within(29, 45);
    const [pipeline] = await view(server.store, "metrics_pipeline");
    expect(pipeline).to.include({ project: "team/shop", is_master: true, has_restarts: false });
    expect(pipeline?.["duration"]).to.be.within(89, 105);
  });

  it("shows steps whose times are found as they are written", async function () {
    requireTool.call(this, "bash");
    const { e2e } = parse(blocks("yaml")[0] ?? "") as { readonly e2e: Job };
    const script = `cd '${folder()}'\nmake() { :; }\nexport -f make\nset -o pipefail\n${e2e.script.join("\n")}`;
    writeFileSync(join(folder(), "job.sh"), script);

    const job = runScript(`bash -e '${join(folder(), "job.sh")}'`);

    expect(await job.ended, job.output()).to.equal(0);
    expect(job.output().match(/^real\t0m0\.\d{3}s$/gm)).to.have.length(3);
  });

  it("sends nothing of a job that failed", async function () {
    requireTool.call(this, "curl");
    const { e2e } = parse(blocks("yaml")[0] ?? "") as { readonly e2e: Job };

    const job = runScript(e2e.after_script.join("\n"), { ...variables("http://127.0.0.1:1"), CI_JOB_STATUS: "failed" });

    expect(await job.ended, job.output()).to.equal(0);
  });

  it("shows a check that works", async function () {
    requireTool.call(this, "curl");
    const server = await serve({ env: { PRPC_PSK: "k 1" } });

    const check = runScript(blocks("sh").at(-1) ?? "false", { PIPEGAUGE: server.url, PRPC_PSK: "k 1" });

    expect(await check.ended, check.output()).to.equal(0);
    expect(check.output()).to.include("HTTP/1.1 200 OK");
  });

  it("links to pages that are there", () => {
    const links = [...section("The pipeline collector").matchAll(/\]\(([a-z/-]+\.md)\)/g)].map(([, path = ""]) => path);

    expect(links).to.include.members(["grafana-legacy.md", "providers/gitlab.md"]);
    for (const link of links) expect(existsSync(new URL(`../../docs/${link}`, import.meta.url)), link).to.be.true;
  });
});
