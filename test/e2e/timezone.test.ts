import Database from "better-sqlite3";
import { expect } from "chai";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { startProcess } from "../support/server/server.ts";
import { githubStories } from "../scenarios/github.ts";
import { gitlabStories } from "../scenarios/gitlab.ts";
import { jenkinsStories } from "../scenarios/jenkins.ts";
import { tektonStories } from "../scenarios/tekton.ts";

const zones = ["Asia/Kolkata", "America/New_York"] as const;

describe("the time zone of the machine", function () {
  this.timeout(60_000);
  const folder = freshFolder();

  /** What a server in that zone knows in the end, but for when it learned it. */
  async function recorded(zone: string): Promise<{ rows: unknown[]; counted: Readonly<Record<string, number>> }> {
    const file = join(folder(), `${zone.replace("/", "-")}.db`);
    const server = await startProcess({ TZ: zone, PIPEGAUGE_DATABASE_URL: `sqlite:${file}` });
    for (const { provider, scenarios } of [gitlabStories, tektonStories, jenkinsStories, githubStories]) {
      for (const [i, { sent }] of scenarios.entries()) {
        // The scenarios describe the same run; in each it has ids of its own.
        const own = (text: string) => text.replaceAll(/\b(700|19440026631|sweep|40b1d3aa)/g, `$1${i}`);
        for (const { headers, body } of sent) {
          const delivery = headers["x-github-delivery"] ?? "";
          const keys = delivery === "" ? {} : { "x-github-delivery": `${delivery}-${i}` };
          expect((await server.deliver(provider, own(body), { ...headers, ...keys })).status).to.be.oneOf([200, 202]);
        }
      }
    }
    const { counted } = await server.scrape();
    await server.end();
    const database = new Database(file);
    const rows = ["runs", "jobs", "run_completions", "job_completions"].flatMap((table) =>
      (database.prepare(`select * from ${table}`).all() as Record<string, unknown>[]).map(
        ({ first_seen_at: _, updated_at: __, waiting_since: ___, ...row }) => row,
      ),
    );
    database.close();
    return { rows, counted };
  }

  it("changes nothing", async () => {
    const [east, west] = [await recorded(zones[0]), await recorded(zones[1])];

    expect(east.rows.length).to.be.above(100);
    expect(west.rows).to.deep.equal(east.rows);
    expect(west.counted).to.deep.equal(east.counted);
  });
});
