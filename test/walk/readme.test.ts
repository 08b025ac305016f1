import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reachable } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { listFences, readPage } from "../support/markdown.ts";
import { until } from "../support/wait.ts";
import { startWalk, type Step, type Walk } from "./walk.ts";
import { freePort } from "../support/port.ts";
import { processEnvironment } from "../support/environment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const runs = "cicd_pipeline_runs_total";

/** What `npm start` works on; the packages are those of this checkout. */
const copied = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts", "src", "migrations"];

describe("a newcomer's walk through README.md", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-walk-"));
  let walk: Walk | undefined;

  after(async () => {
    await walk?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("starts the server, sends runs, sees them counted, and connects GitLab", async function () {
    for (const tool of ["curl", "openssl"]) requireTool.call(this, tool);
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const env = processEnvironment({ HOME: folder, PIPEGAUGE_PORT: String(port) });
    const server = reachable(port);
    walk = startWalk("README.md", {
      folder,
      env,
      instead: {
        "127.0.0.1:8080": address,
        "npm ci && npm run build": "npm run build",
        // Fewer runs, to be there sooner.
        "demo --serve": "demo --serve --runs 5",
        // The default of the demo is the port of the guide. Fewer runs, because other tests may need the processor as well.
        "main.js demo\n": `main.js demo --runs 60 --url http://${address}\n`,
        "npm ci && npm start": "npm start",
      },
    });
    let counted = 0;
    const steps: readonly Step[] = [
      {
        when: /^npm ci && npm run build\nnode dist\/main\.js demo --serve$/,
        serves: /Ctrl-C ends the server/,
        async check(output) {
          const [page = ""] = /http:\/\/127\.0\.0\.1:\d+\/ui\//.exec(output) ?? [];
          expect(await (await fetch(page)).text()).to.include("demo/shop/checkout");
          await walk?.stop();
        },
      },
      {
        when: /^npm ci && npm start$/,
        serves: true,
        // The packages are there: the image's test installs them from scratch.
        check: (output) => expect(output).to.include('"host":"127.0.0.1"'),
      },
      {
        when: /^node dist\/main\.js demo\n/,
        async check(output) {
          expect(output)
            .to.match(/^\d+ invented runs of \d+ projects/m)
            .and.to.match(new RegExp(`^${runs}\\{.*\\} [1-9]`, "m"));
          counted = (await server.scrape()).total(runs);
        },
      },
      {
        when: /^curl -s .*\/webhooks\/gitlab /,
        async check(output) {
          expect(output).to.equal('{"status":"accepted"}');
          // One reading of the database serves all scrapes of a second.
          await until(async () => (await server.scrape()).total(runs) === counted + 1, "the run is counted");
          expect((await server.scrape()).total(runs, { project: "shop/cart" })).to.equal(1);
          await walk?.stop();
        },
      },
      {
        when: /^export PIPEGAUGE_GITLAB_SECRET=.*\n.*\nnpm start$/,
        serves: true,
        async check(output) {
          expect(output).to.include('"host":"0.0.0.0"');
          expect((await server.scrape()).total(runs), "what was counted before").to.equal(counted + 1);
          const hook = { object_kind: "push" };
          expect((await server.deliver("gitlab", hook)).status).to.equal(401);
          const [, secret = "", token = ""] =
            /for GitLab: ([0-9a-f]{64}) for the page: ([0-9a-f]{64})/.exec(output) ?? [];
          expect((await server.deliver("gitlab", hook, { "x-gitlab-token": secret })).status).to.equal(200);
          expect((await server.request("/ui/")).status).to.equal(401);
          expect((await server.request("/ui/", { headers: { authorization: `Bearer ${token}` } })).status).to.equal(
            200,
          );
          await walk?.stop();
        },
      },
      { when: /^npm ci && npm test$/, skip: "that is what runs now" },
    ];

    expect(await walk.run(steps)).to.have.length(1);
  });

  it("has a scrape configuration that Prometheus accepts", function () {
    const promtool = requireTool.call(this, "promtool");
    const [config] = listFences(readPage("README.md")).filter(({ language }) => language === "yaml");
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, config?.text ?? "");

    expect(execFileSync(promtool, ["check", "config", file], { encoding: "utf8" })).to.include("SUCCESS");
    expect(config?.text).to.include("127.0.0.1:8080");
  });
});
