import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { listFences, readPage } from "../support/markdown.ts";
import { testServers, type Reachable } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import type { Totals } from "../support/exposition/totals.ts";
import { until } from "../support/wait.ts";
import { processEnvironment } from "../support/environment.ts";

const page = listFences(readPage("docs/backup.md"));
const runs = "cicd_pipeline_runs_total";

/** The command of the guide that begins like this, with folders of this test's instead of its own. */
function command(begins: string, instead: Readonly<Record<string, string>>): string {
  const found = page.filter(({ language, text }) => language === "sh" && text.startsWith(begins));
  expect(found, `commands of docs/backup.md that begin with ${begins}`).to.have.length(1);
  return Object.entries(instead).reduce((text, [from, to]) => text.replaceAll(from, to), found[0]?.text ?? "");
}

function green(id: number): Record<string, unknown> {
  return pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
}

/** Series of one scrape that are smaller in another, or gone. */
function fallen(before: Totals, after: Totals): string[] {
  return Object.entries(before.counted).flatMap(([series, value]) =>
    /_total\{|_count\{|_bucket\{|_sum\{/.test(series) && (after.counted[series] ?? -1) < value ? [series] : [],
  );
}

async function deliverAll(server: Reachable, ids: readonly number[]): Promise<void> {
  for (let at = 0; at < ids.length; at += 50) {
    const answers = await Promise.all(ids.slice(at, at + 50).map((id) => server.deliver("gitlab", green(id))));
    for (const { status } of answers) expect(status).to.be.oneOf([200, 202]);
  }
}

const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);

describe("backup and restore of a SQLite file under load", function () {
  this.timeout(180_000);
  const start = testServers();
  const folder = freshFolder();
  const from = (file: string) => start({ databaseUrl: `sqlite:${join(folder(), file)}`, tuning: { thread: true } });

  it("holds all that was counted before it began, and a resend makes it exact", async function () {
    requireTool.call(this, "sqlite3");
    const server = await from("pipegauge.db");
    const acknowledged = new Set<number>();
    const load = { sent: 0, on: true };
    const senders = Array.from({ length: 8 }, async () => {
      while (load.on) {
        const id = ++load.sent;
        expect((await server.deliver("gitlab", green(id))).status).to.equal(202);
        acknowledged.add(id);
      }
    });
    await until(() => acknowledged.size > 100, "a hundred runs", 60_000);
    const [before, scraped] = [new Set(acknowledged), await server.scrape()];

    // The guide names the file after the day, which may end in the middle of this test.
    const day = execFileSync("date", ["+%F"], { encoding: "utf8" }).trim();
    const instead = { "/var/lib/pipegauge": folder(), "/var/backups/pipegauge": folder(), "$(date +%F)": day };
    const env = processEnvironment({ HOME: folder() });
    const shell = (text: string) => execFileSync("bash", ["-ec", text], { env, encoding: "utf8" });
    shell(command("sqlite3 /var/lib/pipegauge/pipegauge.db ", instead));
    const checked = shell(command('sqlite3 "/var/backups/pipegauge/', instead));

    await until(() => acknowledged.size > before.size + 100, "a hundred more", 60_000);
    load.on = false;
    await Promise.all(senders);
    const { sent } = load;
    const last = await server.scrape();
    expect(last.total(runs)).to.equal(sent);
    const [verdict, held = ""] = checked.split("\n");
    expect(verdict).to.equal("ok");
    expect(Number(held)).to.be.at.least(before.size).and.below(sent);
    await server.stop();

    copyFileSync(join(folder(), `${day}.db`), join(folder(), "restored.db"));
    const restored = await from("restored.db");
    const first = await restored.scrape();
    expect(first.total(runs)).to.equal(Number(held));
    expect(fallen(scraped, first), "series that fell behind a scrape from before the backup").to.deep.equal([]);

    await deliverAll(restored, upTo(sent));

    const mended = await restored.scrape();
    expect(mended.total(runs)).to.equal(sent);
    expect(fallen(last, mended)).to.deep.equal([]);
    expect(mended.total("cicd_job_runs_total")).to.equal(last.total("cicd_job_runs_total"));
    expect(mended.total("cicd_pipeline_run_duration_seconds_sum")).to.equal(sent * 240);
  });

  it("can be taken where there is no sqlite3, with the driver that the image holds", async () => {
    const server = await from("image.db");
    await deliverAll(server, upTo(20));
    const text = command("docker exec pipegauge /nodejs/bin/node -e", {
      "/data/pipegauge.db": join(folder(), "image.db"),
      "/data/backup.db": join(folder(), "image-backup.db"),
      "/app/node_modules/better-sqlite3": "better-sqlite3",
    });
    const [, script = ""] = /-e '\n(.*?)\n'/s.exec(text) ?? [];
    execFileSync(process.execPath, ["-e", script], { cwd: import.meta.dirname });

    const restored = await from("image-backup.db");

    expect((await restored.scrape()).total(runs)).to.equal(20);
  });
});

for (const database of databases.filter(({ engine }) => engine === "postgres")) {
  describe(`backup and restore on ${database.name}`, function () {
    this.timeout(60_000);
    const { url } = sandbox(database);
    const start = testServers();
    const folder = freshFolder();

    it("by pg_dump while the server runs: nothing falls, and a resend makes it exact", async function () {
      for (const tool of ["pg_dump", "pg_restore"]) requireTool.call(this, tool);
      const shell = (begins: string, databaseUrl: string) =>
        execFileSync("bash", ["-ec", command(begins, { "/var/backups/pipegauge": folder() })], {
          env: processEnvironment({ HOME: folder(), PIPEGAUGE_DATABASE_URL: databaseUrl }),
        });
      const live = await url();
      const server = await start({ databaseUrl: live });
      await deliverAll(server, upTo(100));
      const scraped = await server.scrape();
      const more = deliverAll(server, upTo(150).slice(100));
      shell("pg_dump ", live);
      await more;

      const empty = await url("empty");
      shell("pg_restore ", empty);
      const restored = await start({ databaseUrl: empty });
      expect(fallen(scraped, await restored.scrape())).to.deep.equal([]);
      await deliverAll(restored, upTo(150));

      expect((await restored.scrape()).total(runs)).to.equal(150);
    });
  });
}
