import { expect } from "chai";
import { AppError } from "../../src/core/errors.ts";
import { demo } from "../../src/commands/demo/demo.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers } from "../support/server/server.ts";
import { databases, sandbox } from "../support/database/databases.ts";

const now = Date.UTC(2026, 10, 20, 12, 34);
const hour = 3_600_000;

const realRun = {
  object_kind: "pipeline",
  object_attributes: { id: 1, ref: "main", status: "success", created_at: "2026-11-20 09:00:00 UTC" },
  project: { id: 7, path_with_namespace: "shop/cart", web_url: "https://gitlab.example.com/shop/cart" },
  builds: [],
};
const realHook = { "x-gitlab-event": "Pipeline Hook" };

interface Ended {
  readonly text: string;
  readonly error: AppError | undefined;
}

/** Runs the command in this process at a moment of the invented company. */
async function run(args: readonly string[], at = now): Promise<Ended> {
  let text = "";
  try {
    await demo(["--runs", "20", ...args], { now: () => at, write: (part) => void (text += part) });
    return { text, error: undefined };
  } catch (error) {
    if (error instanceof AppError) return { text, error };
    throw error;
  }
}

for (const database of databases) {
  describe(`demo, before it sends, on ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);
    const launch = testServers();
    const start = async (env: Readonly<Record<string, string>> = {}) =>
      launch({ databaseUrl: await box.url(), env: { PIPEGAUGE_LOG_LEVEL: "error", ...env } });

    it("refuses a server with runs that are not its own, in one line, and leaves it as it was", async () => {
      const server = await start();
      await server.deliver("gitlab", realRun, realHook);
      const before = await server.scrape();

      const { text, error } = await run(["--url", server.url]);

      expect(error?.message).to.equal(
        `${server.url}/ holds deliveries that are not the demo's, and nothing can take invented runs out of its totals again: ` +
          "send all the same with --yes, or try it on a server of its own: pipegauge demo --serve",
      );
      expect(text).to.include(`to ${server.url}/: `);
      expect((await server.scrape()).counted).to.deep.equal(before.counted);
    });

    it("sends to it with --yes, and then refuses it still", async () => {
      const server = await start();
      await server.deliver("gitlab", realRun, realHook);

      expect((await run(["--url", server.url, "--yes"])).text).to.match(/: [1-9]\d* accepted, 0 duplicate/);
      expect((await run(["--url", server.url])).error?.message).to.include("are not the demo's");
    });

    it("refuses a server that was sent nothing but what is about no run", async () => {
      const server = await start();
      await server.deliver("gitlab", { object_kind: "wiki_page" }, { "x-gitlab-event": "Wiki Page Hook" });

      expect((await run(["--url", server.url])).error?.message).to.include("are not the demo's");
    });

    it("adds a later hour of the day to its own runs, and counts nothing twice", async () => {
      const server = await start();
      await run(["--url", server.url]);
      const sent = (await server.scrape()).total("cicd_pipeline_runs_total");

      const again = await run(["--url", server.url], now + 20 * 60_000);
      const later = await run(["--url", server.url], now + 3 * hour);

      expect(again.text)
        .to.include("the server holds runs of the demo alone\n")
        .and.to.match(/ 0 accepted, \d+ duplicate/);
      expect(later.text).to.match(/ [1-9]\d* accepted, [1-9]\d* duplicate, 0 refused/);
      const added = (await server.scrape()).total("cicd_pipeline_runs_total") - sent;
      expect(added).to.be.within(1, sent / 2);
    });

    it("sends nothing with --dry-run", async () => {
      const server = await start();

      const { text } = await run(["--url", server.url, "--dry-run"]);

      expect(text).to.match(
        /\nto .*: [1-9]\d* deliveries\nthe server holds no deliveries yet\nnothing was sent: --dry-run\n$/,
      );
      expect((await server.scrape()).total("pipegauge_deliveries_total")).to.equal(0);
    });

    it("needs the token of a server that has one, to see what it holds", async () => {
      const token = "api-token-of-a-test";
      const secrets = Object.fromEntries(
        ["GITLAB", "TEKTON", "JENKINS", "GITHUB"].map((name) => [`PIPEGAUGE_${name}_SECRET`, "a-secret-of-a-test"]),
      );
      const server = await start({ PIPEGAUGE_API_TOKEN: token, ...secrets });
      const args = ["--url", server.url, "--token", "a-secret-of-a-test"];

      const without = await run(args);
      const wrong = await run([...args, "--api-token", "another"]);
      const right = await run([...args, "--api-token", token]);

      expect(without.error?.message)
        .to.include(
          "does not show what it holds: give its PIPEGAUGE_API_TOKEN with --api-token; or send all the same with --yes",
        )
        .and.not.include("\n");
      expect(wrong.error?.message).to.include("--api-token is not its PIPEGAUGE_API_TOKEN");
      expect(right.text).to.match(/: [1-9]\d* accepted, 0 duplicate, 0 refused/);
    });
  });
}

describe("demo, its arguments", () => {
  it("are those of one use, with exit code 2 for others", async () => {
    const serving = await runProgram(["demo", "--serve", "--url", "http://127.0.0.1:1", "--yes"]);
    const sending = await runProgram(["demo", "--serve-port", "8080"]);

    expect([serving.code, sending.code]).to.deep.equal([2, 2]);
    expect(serving.stderr).to.include("--url does not go with --serve").and.include("--yes does not go with --serve");
    expect(sending.stderr).to.include("--serve-port needs --serve");
  });
});
