import { expect } from "chai";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { reachable } from "../support/server/server.ts";
import { runProgram } from "../support/server/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const day = 86_400_000;

describe("demo --serve", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(scratchFolder(), "pipegauge-demo-serve-"));

  after("remove the folder", () => rmSync(folder, { recursive: true, force: true }));

  /** Runs the built program; `act` is called once with what it wrote so far, as soon as that contains `awaited`. */
  function serve(awaited: RegExp, act: (text: string, program: ChildProcess) => Promise<void>, ...args: string[]) {
    let [text, done] = ["", Promise.resolve()];
    let isFound = false;
    const ended = runProgram(["demo", "--serve", "--runs", "9", ...args], { TMPDIR: folder }, (part, program) => {
      text += part;
      if (isFound || !awaited.test(text)) return;
      isFound = true;
      done = act(text, program).finally(() => program.kill("SIGINT"));
    });
    return ended.then(async (end) => {
      await done;
      return end;
    });
  }

  it("fills a server of its own with 60 days, prints its address, and leaves nothing behind after Ctrl-C", async () => {
    const { code, stderr } = await serve(/Ctrl-C/, async (text) => {
      const [, port = ""] = /\n\n {2}http:\/\/127\.0\.0\.1:(\d+)\/ui\/\n\n/.exec(text) ?? [];
      const server = reachable(Number(port));
      expect(readdirSync(folder)).to.have.length(1);
      const status = (await (await fetch(`${server.url}/api/v1/status`)).json()) as Record<string, unknown>;
      expect(status).to.include({ data: "demo", database: "sqlite" });
      const since = new Date(Date.now() - 61 * day).toISOString();
      const summary = await fetch(`${server.url}/api/v1/summary?by=day&since=${since}`);
      const { groups } = (await summary.json()) as { groups: readonly unknown[] };
      expect(groups.length).to.be.within(58, 61);
      const until = new Date(Date.now() - 40 * day).toISOString();
      const old = await (await fetch(`${server.url}/api/v1/runs?until=${until}&limit=5`)).json();
      expect((old as { runs: readonly unknown[] }).runs, "runs of the first days").to.have.length(5);
      const page = await fetch(`${server.url}/ui/`);
      expect([page.status, await page.text()].join(" ")).to.match(/^200 [^]*demo\/shop\/checkout/);
      const [, runs] = /\n(\d+) runs, \d+ deliveries in \d+ s\n/.exec(text) ?? [];
      const totals = await server.scrape();
      expect(totals.total("cicd_pipeline_runs_total")).to.be.above(0.8 * Number(runs));
      expect(totals.total("pipegauge_dead_letters")).to.equal(0);
    });

    expect(code, stderr).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("ends while it fills, and leaves nothing behind", async () => {
    const { code, stdout } = await serve(/filling a server/, async (text) => {
      const [, path = ""] = /, in (.*)\n/.exec(text) ?? [];
      expect(existsSync(path)).to.be.true;
    });

    expect(code).to.equal(0);
    expect(stdout).to.not.include("http://");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("needs none of the settings of this machine, and says where its port is taken", async () => {
    const taken = await serve(/Ctrl-C/, async (text) => {
      const [, port = ""] = /127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      const second = await runProgram(["demo", "--serve", "--runs", "1", "--serve-port", port], {
        TMPDIR: folder,
        PIPEGAUGE_NONSENSE: "1",
      });
      expect([second.code, second.stderr]).to.satisfy(
        ([code, stderr]: [number, string]) => code === 2 && stderr.includes(port) && !stderr.includes("NONSENSE"),
      );
      expect(readdirSync(folder)).to.have.length(1);
    });

    expect(taken.code).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
