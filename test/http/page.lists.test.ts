import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

/** What people read of one section, by the id of its heading, without tags. */
function readSection(markup: string, id: string): string {
  const section = new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
  return section
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const hour = 3_600_000;

/** A moment as GitLab writes it. */
function write(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

interface Run {
  readonly id: number;
  readonly project: string;
  readonly status: "success" | "failed";
  readonly seconds: number;
}

/** A run that ended an hour ago, with a job `unit` that took as long as the run. */
function finishedRun({ id, project, status, seconds }: Run) {
  const end = Date.now() - hour;
  const times = { created_at: write(end - seconds * 1000), finished_at: write(end) };
  const job: JobInput = {
    id,
    status,
    started: "10:00",
    ...(status === "failed" ? { reason: "script_failure" } : {}),
    more: { ...times, started_at: write(end - seconds * 1000), duration: seconds, name: `unit of ${project}` },
  };
  return pipelineHook(
    status,
    [job],
    { id, iid: id, ...times, duration: seconds, queued_duration: 2 },
    {
      project: { path_with_namespace: project, web_url: "https://gitlab.example.com", default_branch: "main" },
    },
  );
}

for (const database of databases) {
  describe(`lists of pipelines and jobs: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);
    let server: TestServer;

    beforeEach(async () => {
      server = await start({ databaseUrl: await box.url() });
      let id = 1;
      for (const status of ["success", "failed", "success"] as const)
        await server.deliver("gitlab", finishedRun({ id: id++, project: "shop/Cart", status, seconds: 100 }));
      await server.deliver("gitlab", finishedRun({ id: id++, project: "shop/till", status: "success", seconds: 300 }));
    });

    async function read(path: string): Promise<string> {
      const { status, text } = await server.request(path);
      expect(status, path).to.equal(200);
      return text;
    }

    it("list every pipeline with its figures and its last results, sorted as asked", async () => {
      const byRuns = await read("/ui/pipelines");
      const byDuration = await read("/ui/pipelines?sort=duration&since=24h");

      const section = readSection(byRuns, "pipelines");
      expect(section).to.match(
        /shop\/Cart .* 3 1 66 % success 1 min 40 s p50 1 min 40 s, p95 1 min 40 s 2 s 0 shop\/till .* 1 0 100 % success 5 min/,
      );
      expect(byRuns).to.include('aria-label="1 of the last 3 failed"');
      expect(byRuns).to.match(/<a href="runs\/\d+" tabindex="-1" aria-label="\d: failure">/);
      expect(readSection(byDuration, "pipelines")).to.match(/shop\/till .* shop\/Cart/);
      expect(byDuration).to.include(
        '<a href="pipelines/one?project=shop%2Ftill&amp;pipeline=shop%2Ftill&amp;since=24h">',
      );
      expect(byDuration).to.include('<a href="pipelines?sort=duration&amp;since=24h" aria-current="true">24h</a>');
    });

    it("find a pipeline by a part of its name, in any case", async () => {
      const section = readSection(await read("/ui/pipelines?search=CART"), "pipelines");

      expect(section).to.include("shop/Cart").and.not.include("shop/till");
      expect(readSection(await read("/ui/pipelines?search=nothing"), "pipelines")).to.include(
        "No pipeline finished a run",
      );
    });

    it("show one pipeline: its days, its jobs, its runs", async () => {
      const text = await read("/ui/pipelines/one?project=shop%2FCart&since=30d");

      expect(text).to.match(/<title>\d{4}-\d\d-\d\d: 2 successes, 1 failures, 0 others<\/title>/);
      expect(readSection(text, "jobs")).to.match(/unit of shop\/Cart shop\/Cart · test 3 1 66 % success 1 min 40 s/);
      expect(readSection(text, "runs").match(/shop\/Cart/g)).to.have.length(3);
      expect(readSection(text, "pipeline")).to.match(/\d{4}-\d\d-\d\d 3 1 66 % 0 0 1 min 40 s/);
      expect(text).to.not.include("shop/till");
    });

    it("list every job, and show one: its days, and its executions with the reasons", async () => {
      const jobs = await read("/ui/jobs?search=UNIT&sort=total");
      const [, link = ""] = /<a href="(jobs\/one\?project=shop%2FCart[^"]*)"/.exec(jobs) ?? [];
      const one = await read(`/ui/${link.replaceAll("&amp;", "&")}`);

      expect(readSection(jobs, "jobs")).to.match(/unit of shop\/\w+ .* unit of shop\/\w+/);
      expect(readSection(one, "job")).to.match(/unit of shop\/Cart shop\/Cart · test .* 3 1 66 % 1 min 40 s/);
      expect(one).to.include('aria-label="1 of the last 3 failed"');
      const latest = readSection(one, "latest");
      expect(latest.match(/✓ success/g)).to.have.length(2);
      expect(latest).to.match(/✗ failure main script_failure runner-4 1 min 40 s 1 h ago/);
      expect(one).to.include('<a href="../runs/');
    });

    it("say where nothing finished", async () => {
      expect(readSection(await read("/ui/jobs?search=nothing"), "jobs")).to.include("No job finished in this span.");
      const one = await read("/ui/jobs/one?job_name=nothing");
      expect(readSection(one, "job")).to.include("It did not finish in this span.");
      expect(readSection(one, "latest")).to.include("No execution is stored.");
      expect(readSection(await read("/ui/pipelines/one?project=nothing"), "jobs")).to.include("No job finished");
    });

    it("refuse parameters that they do not have", async () => {
      for (const path of ["pipelines", "pipelines/one", "jobs", "jobs/one"]) {
        const { status, text } = await server.request(`/ui/${path}?serch=a`);
        expect([status, text.includes("unknown parameter")], path).to.deep.equal([400, true]);
      }
    });
  });
}
