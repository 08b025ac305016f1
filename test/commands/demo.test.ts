import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { demo } from "../../src/commands/demo/demo.ts";
import { AppError } from "../../src/core/errors.ts";
import { runProgram } from "../support/server/program.ts";
import { scratchFolder } from "../support/scratch.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

/** One moment for all, the same on every day: other moments invent other days, and in a small one anything may be missing. */
const now = Date.UTC(2026, 10, 20, 12);

/** Runs the command in this process; what it wrote, and its exit code. */
async function run(...args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = "";
  const code = await demo(args, { now: () => now, write: (part) => void (text += part) });
  return { code, text };
}

/** The error that it ends with; a success is one, too. */
async function refusal(...args: readonly string[]): Promise<AppError> {
  try {
    await run(...args);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

function secret(name: string): string {
  return `PIPEGAUGE_${name.toUpperCase()}_SECRET`;
}

const providers = ["gitlab", "tekton", "jenkins", "github"] as const;

describe("demo", function () {
  this.timeout(60_000);
  const launch = testServers();
  const folder = mkdtempSync(join(scratchFolder(), "pipegauge-demo-"));
  let started = 0;

  after("remove the databases", () => rmSync(folder, { recursive: true, force: true }));

  /** A server whose disk is fast: thousands of deliveries, eight at a time, are hundreds of commits. */
  function start(secrets: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const databaseUrl = `sqlite:${join(folder, `${++started}.db`)}`;
    return launch({ databaseUrl, env: { PIPEGAUGE_LOG_LEVEL: "warn", ...secrets } });
  }

  it("prints one document for programs", async () => {
    const server = await start();

    const dry = await run("--url", server.url, "--runs", "5", "--dry-run", "--json");
    const { code, text } = await run("--url", server.url, "--runs", "5", "-o", "json");

    const { deliveries, runs, ...planned } = JSON.parse(dry.text) as Record<string, unknown>;
    expect(planned).to.deep.equal({ url: `${server.url}/`, held: "none", sent: null });
    const sent = { accepted: deliveries, duplicate: 0, ignored: 0, dead_letter: 0 };
    expect(JSON.parse(text)).to.deep.equal({ ...planned, runs, deliveries, sent });
    expect(code).to.equal(0);
  });

  it("fills a server with a day of all providers, of which it refuses nothing", async () => {
    const server = await start();

    const { code, text } = await run("--url", server.url, "--runs", "60");

    const totals = await server.scrape();
    const sent = totals.total("pipegauge_deliveries_total");
    expect(code).to.equal(0);
    expect(totals.total("pipegauge_deliveries_total", { outcome: "accepted" })).to.equal(sent);
    expect(text).to.include(`sent ${sent} deliveries: ${sent} accepted, 0 duplicate, 0 refused\n`);
    expect(text).to.match(/^60 invented runs of 7 projects .*, and \d+ more that repeat one\n/);
    expect(text).to.include(`to ${server.url}/: ${sent} deliveries\nthe server holds no deliveries yet\n`);
    for (const provider of providers) {
      expect(totals.total("cicd_pipeline_runs_total", { provider }), provider).to.be.above(5);
    }
    for (const metric of ["pipeline_run_restarts", "pipeline_runs_recovered", "job_retries", "job_runs"]) {
      expect(totals.total(`cicd_${metric}_total`), metric).to.be.above(0);
    }
    expect(totals.total("cicd_job_queue_seconds_count")).to.be.above(0);
    expect(totals.total("pipegauge_dead_letters")).to.equal(0);
  });

  it("changes nothing when the same day is sent again, and adds to it with another", async () => {
    const server = await start();
    const args = ["--url", `${server.url}/`, "--runs", "20"];
    await run(...args, "--seed", "7");
    const before = await server.scrape();

    const { code, text } = await run(...args, "--seed", "7");
    const after = await server.scrape();
    await run(...args, "--seed", "8");

    expect(code).to.equal(0);
    expect(text).to.match(/: 0 accepted, \d\d+ duplicate, 0 refused\n/);
    expect(after.counted).to.deep.equal(before.counted);
    const runs = (await server.scrape()).total("cicd_pipeline_runs_total");
    expect(runs).to.be.above(1.5 * before.total("cicd_pipeline_runs_total"));
  });

  it("proves itself with the secret that all sources have", async () => {
    const secrets = Object.fromEntries(providers.map((name) => [secret(name), "demo-secret,other"]));
    const server = await start(secrets);

    const { text } = await run("--url", server.url, "--token", "demo-secret", "--runs", "9", "--yes");

    expect(text).to.match(/sent (\d+) deliveries: \1 accepted, 0 duplicate, 0 refused\n/);
  });

  for (const name of providers) {
    it(`says which secret it lacks where ${name} has one`, async () => {
      // The others have none, and are accepted all the same.
      const server = await start({ [secret(name)]: "s", PIPEGAUGE_TRUST_LOCAL: "true" });

      const without = await refusal("--url", server.url, "--runs", "9", "--yes");
      const wrong = await refusal("--url", server.url, "--runs", "9", "--token", "t", "--yes");

      expect(without.message).to.equal(
        `${server.url}/webhooks/${name} asks for a secret: give the server's ${secret(name)} with --token`,
      );
      expect(wrong.message)
        .to.match(new RegExp(`/webhooks/${name} refuses the secret: --token must be .*${secret(name)}`))
        .and.not.include("\n");
    });
  }

  it("says in one line, with exit code 1, that no server is there", async () => {
    const server = await start();
    await server.stop();

    const { code, stdout, stderr } = await runProgram(["demo", "--url", server.url]);

    expect(code).to.equal(1);
    expect(stdout).to.match(/^300 invented runs .*\nto .*: \d+ deliveries\n$/);
    expect(stderr).to.equal(
      `pipegauge: no server answers at ${server.url} (connect ECONNREFUSED 127.0.0.1:${server.port}): ` +
        'start one with "pipegauge serve", or give its address with --url\n',
    );
  });

  it("says which settings are wrong, with exit code 2", async () => {
    const { code, stderr } = await runProgram(["demo", "--runs", "many", "--url", "ftp://x", "--sed", "1", "--seed="]);

    expect(code).to.equal(2);
    expect(stderr.trimEnd().split("\n")).to.deep.equal([
      "pipegauge: invalid arguments (4 errors):",
      "  --sed is not a flag: did you mean --seed?",
      "  --seed needs a value: --seed <number>",
      '  --url: "ftp://x" is not a web address: write http://127.0.0.1:8080',
      '  --runs: "many" is not a whole number from 1 to 5000',
    ]);
  });

  describe("at a server that is no Pipegauge", () => {
    const answers: [status: number, body: string][] = [];
    let asked = 0;
    const server = createServer((request, response) => {
      const [status, body] = answers[Math.min(asked++, answers.length - 1)] ?? [200, ""];
      request.resume();
      response.writeHead(status, { location: "/" }).end(body);
    });
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    before("listen", (done) => void server.listen(0, "127.0.0.1", done));
    beforeEach(() => {
      answers.length = 0;
      asked = 0;
    });
    after("close", (done) => {
      server.closeAllConnections();
      server.close(done);
    });

    for (const [name, answer, message] of [
      ["a page", [200, "<html>"], "it is not Pipegauge"],
      ["other JSON", [200, '{"status":"ok"}'], "it is not Pipegauge"],
      ["a redirect", [302, ""], "no server answers"],
      ["nothing of that name", [404, ""], "the server has no such source"],
      ["an error", [500, ""], "answered 500: the server's log says why"],
    ] as const) {
      it(`stops at ${name}`, async () => {
        answers.push([...answer]);

        const { message: text } = await refusal("--url", url(), "--runs", "9", "--yes");

        expect(text).to.include(message).and.not.include("\n");
        expect(asked).to.be.at.most(8);
      });
    }

    it("tries again while the server is busy", async () => {
      answers.push([503, ""], [503, ""], [202, '{"status":"accepted"}']);

      const { text } = await run("--url", url(), "--runs", "1", "--yes");

      expect(text).to.match(/sent (\d+) deliveries: \1 accepted, 0 duplicate, 0 refused\n/);
    });

    it("ends with 1 and says where to look when deliveries are not understood", async () => {
      answers.push([202, '{"status":"dead_letter"}'], [202, '{"status":"accepted"}']);

      const { code, text } = await run("--url", url(), "--runs", "1", "--yes");

      expect(code).to.equal(1);
      expect(text).to.include(" 1 refused\nwhat was refused is among the recent deliveries on the page");
    });
  });
});
