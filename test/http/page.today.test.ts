import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** What people read of one part of the page, without tags. */
function toText(markup: string): string {
  return markup
    .replaceAll(/<(title)>.*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function getSection(markup: string, id: string): string {
  return new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
}

/** The tile with this label. */
function readTile(markup: string, label: string): string {
  const tiles = markup.split('<li class="tile">').slice(1);
  return toText(tiles.find((tile) => tile.includes(`>${label}</span>`))?.split("</li>")[0] ?? "");
}

interface Made {
  readonly project?: string;
  readonly ref?: string;
  readonly status?: "success" | "failed";
  readonly ago: number;
  readonly seconds?: number;
  readonly wait?: number;
}

let nextId = 1;

/** A pipeline of one job that ended so long ago. */
function finished({ project = "shop/cart", ref = "main", status = "success", ago, seconds = 100, wait = 2 }: Made) {
  const id = nextId++;
  const write = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const end = Date.now() - ago;
  const times = { created_at: write(end - (seconds + wait) * 1000), finished_at: write(end) };
  const job: JobInput = {
    id: 10_000 + id,
    status,
    started: "10:00",
    more: { ...times, started_at: write(end - seconds * 1000), duration: seconds, name: "unit" },
  };
  const sha = String(id).padStart(40, "a");
  return pipelineHook(
    status,
    [job],
    { id, iid: id, ref, sha, ...times, duration: seconds, queued_duration: wait },
    { project: { path_with_namespace: project, web_url: "https://gitlab.example.com", default_branch: "main" } },
  );
}

for (const database of databases) {
  describe(`the first view: ${database.name}`, () => {
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

    async function read(path = ""): Promise<string> {
      const { status, text } = await server.request(`/ui/${path}`);
      expect(status, path).to.equal(200);
      return text;
    }

    it("compares the figures of default branches with the span before, in words, and leads to the runs", async () => {
      await deliver(
        { ago: hour, seconds: 300, wait: 20 },
        { ago: 2 * hour, seconds: 300, wait: 20 },
        { ago: 3 * hour, status: "failed", seconds: 300, wait: 20 },
        { ago: 4 * hour, ref: "feature/x", status: "failed" },
        { ago: 9 * day, seconds: 100 },
        { ago: 10 * day, status: "failed", seconds: 100 },
      );

      const text = await read();

      expect(readTile(text, "Success")).to.equal("Success 66.6 % ▲ 16.7 points better 1 failed");
      expect(readTile(text, "Runs")).to.equal("Runs 3 ▲ 1 more");
      expect(readTile(text, "Duration, median")).to.equal("Duration, median 5 min ▲ 3 min 20 s slower");
      expect(readTile(text, "Queue, p90")).to.equal("Queue, p90 20 s ▲ 18 s longer");
      expect(readTile(text, "Waste")).to.match(/^Waste 0 s nothing before|^Waste 0 s = as before/);
      expect(text).to.include(
        '<a href="runs?default_branch=true&amp;since=7d&amp;result=failure%2Cerror%2Ctimeout"><span class="label">Success',
      );
    });

    it("counts every branch where that is asked for, and says which are counted", async () => {
      await deliver({ ago: hour }, { ago: 2 * hour, ref: "feature/x", status: "failed" });

      expect(readTile(await read(), "Success")).to.match(/^Success 100.0 % .* 0 failed$/);
      const all = await read("?branches=all&since=24h");
      expect(readTile(all, "Success")).to.match(/^Success 50.0 % .* 1 failed$/);
      expect(all).to.include('<a href="./?branches=all&amp;since=24h" aria-current="true">all branches</a>');
      expect(getSection(all, "trend")).to.include("Runs by hour");
    });

    it("says that all branches are counted where no run of a default branch is known", async () => {
      await deliver({ ago: hour, ref: "feature/x" });

      const text = await read();

      expect(readTile(text, "Runs")).to.match(/^Runs 1 /);
      expect(toText(text)).to.include("no default branch is known");
    });

    it("names the default branches that are red, since when, after which commit and by how many failures", async () => {
      await deliver(
        { ago: 5 * hour },
        { ago: 4 * hour, status: "failed" },
        { ago: 3 * hour, status: "failed" },
        { ago: 3 * hour, ref: "feature/x", status: "failed" },
        { ago: 2 * hour, project: "shop/till" },
      );

      const broken = getSection(await read(), "broken");

      expect(toText(broken)).to.match(/shop\/cart main 4 h ago aaaaaaaaaa 2 the last one broken$/);
      const [first] = [...broken.matchAll(/href="(runs\/\d+)"/g)].map(([, path]) => path);
      expect(toText(await read(first))).to.include("✗ failure");
      expect(toText(broken)).to.not.include("shop/till");
      await deliver({ ago: hour });
      expect(toText(getSection(await read(), "broken"))).to.include("✓ green 2 default branches");
    });

    it("lists pipelines with a strip of their last runs, those that succeed least often first", async () => {
      await deliver(
        { ago: 3 * hour },
        { ago: 2 * hour, project: "shop/till", status: "failed" },
        { ago: hour, project: "shop/till" },
      );

      const section = getSection(await read("?since=30d"), "pipelines");

      expect(toText(section)).to.match(/shop\/till 50 % 1 2 .* shop\/cart 100 % 0 1 /);
      expect(section).to.include('aria-label="1 of the last 2 failed"').and.include('aria-label="3: success"');
      expect(section).to.include('href="pipelines/one?project=shop%2Ftill&amp;pipeline=shop%2Ftill&amp;since=30d"');
    });

    it("has one line about sources, and a line more for each with which something is wrong", async () => {
      await deliver({ ago: hour });
      expect(toText(await read())).to.include("✓ delivering 1 source , last delivery just now");

      await server.deliver("gitlab", "{");

      expect(toText(await read())).to.include("! 1 problem 1 source , last delivery just now gitlab : 1 dead letter");
    });

    it("refuses parameters that it does not have, and spans that it cannot answer", async () => {
      for (const [query, message] of [
        ["branch=main", "did you mean branches?"],
        ["since=400d", "since must be at most 92 days before until"],
        ["branches=main", "branches must be one of default, all"],
      ] as const) {
        const { status, text } = await server.request(`/ui/?${query}`);
        expect([status, toText(text).includes(message)], query).to.deep.equal([400, true]);
      }
    });

    it("shows what a newcomer has done, until the first run", async () => {
      const before = toText(getSection(await read(), "first"));
      expect(before)
        .to.include("No deliveries yet")
        .and.match(/to do Set a secret .* to do Enter .* to do Let/);

      await server.deliver("gitlab", { object_kind: "push" });

      expect(toText(getSection(await read(), "first"))).to.match(/No runs yet .* ✓ done Enter .* to do Let a pipeline/);
      await deliver({ ago: hour });
      expect(getSection(await read(), "first")).to.equal("");
    });
  });
}
