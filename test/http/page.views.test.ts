import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** What people read of one section, without tags. */
function readSection(markup: string, id: string): string {
  const section = new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
  return section
    .replaceAll(/<(title|option)[^>]*>.*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

interface Made {
  readonly ago: number;
  readonly seconds: number;
  readonly wait?: number;
  readonly status?: "success" | "failed";
  readonly sha?: string;
}

let nextId = 1;

/** A pipeline of one job that ended so long ago. */
function finished({ ago, seconds, wait = 4, status = "success", sha = String(nextId) }: Made) {
  const id = nextId++;
  const write = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const end = Date.now() - ago;
  const times = { created_at: write(end - (seconds + wait) * 1000), finished_at: write(end) };
  const job: JobInput = {
    id: 10_000 + id,
    status,
    started: "10:00",
    ...(status === "failed" ? { reason: "script_failure" } : {}),
    more: { ...times, started_at: write(end - seconds * 1000), duration: seconds, queued_duration: wait, name: "unit" },
  };
  return pipelineHook(
    status,
    [job],
    { id, iid: id, ref: "main", sha: sha.padStart(40, "a"), ...times, duration: seconds, queued_duration: wait },
    { project: { path_with_namespace: "shop/cart", web_url: "https://gitlab.example.com", default_branch: "main" } },
  );
}

for (const database of databases) {
  describe(`views of insights: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);
    let server: TestServer;

    beforeEach(async () => {
      nextId = 1;
      server = await start({ databaseUrl: await box.url() });
    });

    async function deliver(...made: readonly Made[]): Promise<void> {
      for (const one of made) expect((await server.deliver("gitlab", finished(one))).status).to.equal(202);
    }

    async function read(path: string): Promise<string> {
      const { status, text } = await server.request(`/ui/${path}`);
      expect(status, path).to.equal(200);
      return text;
    }

    it("show how long jobs wait for runners, when, and how many runners would be enough", async () => {
      await deliver({ ago: 2 * hour, seconds: 600, wait: 30 }, { ago: 2 * hour, seconds: 600, wait: 90 });

      const text = await read("runners?target=40");
      const { items } = (await server.request("/api/v1/insights/runners?since=7d&target=40")).json as {
        items: readonly { readonly jobs: number; readonly peak_running: number }[];
      };

      const classes = readSection(text, "classes");
      expect(items[0]).to.include({ jobs: 2, peak_running: 2 });
      expect(classes).to.match(/Within 40 s .* 2 1 min p90 1 min 24 s 50.0 % .* 2 2$/);
      const at = new Date(Date.now() - 2 * hour);
      const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][at.getUTCDay()];
      expect(readSection(text, "hours")).to.include(
        `${weekday} ${String(at.getUTCHours()).padStart(2, "0")}:00 2 1 min 24 s`,
      );
      expect(readSection(text, "what-if")).to.match(
        /2 runners of .* are the least with which 95 % of 2 jobs wait at most 40 s/,
      );
      expect(readSection(text, "what-if")).to.include("✓ enough");
    });

    it("show what the time of jobs was spent for, in causes that sum to the total, and what went wrong", async () => {
      await deliver({ ago: 3 * hour, seconds: 100, status: "failed" }, { ago: 2 * hour, seconds: 300 });

      const text = await read("waste?by=job");

      const total = readSection(text, "total");
      expect(total).to.match(/0 s of 6 min 40 s were wasted, 0.0 %/);
      expect(total).to.match(/useful 6 min 40 s 100.0 % all 6 min 40 s 100.0 %$/);
      expect(readSection(text, "groups")).to.match(/unit shop\/cart · test 0 s 0.0 % 6 min 40 s/);
      expect(readSection(text, "failures")).to.match(/1 in 1 runs 100.0 % 1 min 40 s script_failure \(1\) 3 h ago$/);
      for (const by of ["project", "pipeline", "runner_class", "day"])
        expect(readSection(await read(`waste?by=${by}`), "groups"), by).to.include("6 min 40 s");
    });

    it("show two spans side by side, and the pipelines and jobs that moved most", async () => {
      await deliver(
        { ago: hour, seconds: 200 },
        { ago: 2 * hour, seconds: 200 },
        { ago: 9 * day, seconds: 100, status: "failed" },
      );

      const text = await read("compare");
      const other = await read("compare?since=7d&before_since=20d&before_until=15d");

      const totals = readSection(text, "totals");
      expect(totals).to.include("Success 0.0 % 100.0 % ▲ 100.0 points better");
      expect(totals)
        .to.include("Runs 1 2 ▲ 1 more")
        .and.include("Duration p50 1 min 40 s 3 min 20 s ▲ 1 min 40 s slower");
      expect(totals).to.include("Failed 1 0 ▼ 1 fewer");
      expect(readSection(text, "pipelines")).to.match(
        /shop\/cart 1, 2 0.0 %, 100.0 % 1 min 40 s 3 min 20 s ▲ 1 min 40 s slower \+3 min 20 s$/,
      );
      expect(readSection(text, "jobs")).to.match(/unit shop\/cart 1, 2 /);
      expect(readSection(other, "totals")).to.include("Runs – 2 nothing before");
      const { status, text: refused } = await server.request(
        "/ui/compare?before_until=2026-01-01&before_since=2026-01-02",
      );
      expect([status, refused.includes("since must be before until")]).to.deep.equal([400, true]);
    });

    it("show of one pipeline how long each run took, what runs wait for, and how long commits need to pass", async () => {
      await deliver(
        { ago: 3 * hour, seconds: 100, status: "failed", sha: "b" },
        { ago: 2 * hour, seconds: 300, sha: "b" },
      );

      const text = await read("pipelines/one?project=shop/cart&pipeline=shop/cart");

      expect(text).to.match(/<a href="\.\.\/runs\/\d+" tabindex="-1"><title>1: failure, 1 min 40 s<\/title>/);
      expect(readSection(text, "path")).to.match(/unit 100.0 % of 2 runs 6 min 40 s 1 min 20 s run \d+$/);
      expect(readSection(text, "commits")).to.match(/\d{4}-\d\d-\d\d 1 1 passed 0.0 % 1 h 1 min 1 h 1 min$/);
    });

    it("say where there is nothing to show", async () => {
      const cases = [
        ["runners", "classes", "No job started in this span."],
        ["runners", "hours", "No job waited in this span."],
        ["waste", "total", "No job ended in this span."],
        ["waste", "failures", "No job failed in this span."],
        ["compare", "pipelines", "Nothing finished in both spans"],
        ["pipelines/one", "path", "No run with jobs finished in this span."],
      ] as const;
      for (const [path, id, words] of cases) expect(readSection(await read(path), id), path).to.include(words);
    });

    it("refuse parameters that they do not have", async () => {
      for (const path of ["runners", "waste", "compare", "sources"]) {
        const { status, text } = await server.request(`/ui/${path}?serch=a`);
        expect([status, text.includes("unknown parameter")], path).to.deep.equal([400, true]);
      }
    });
  });
}
