import { expect } from "chai";
import { createHash } from "node:crypto";
import { computeWilsonLower } from "../../src/answers/wilson.ts";
import { over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import { event, pipelineRun, taskRun, at, condition } from "../support/payloads/tekton.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { freshFolder } from "../support/folder.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const toSha = (text: string) => createHash("sha1").update(text).digest("hex");
const hook = (id: number, status: string, jobs: readonly JobInput[], more: Json = {}): Delivered => ({
  source: "gitlab",
  body: pipelineHook(status, jobs, { ...over("10:30", 240), id, sha: toSha(String(id)), ...more }),
});
const red = (id: number): JobInput => ({ ...unit, id, name: "e2e", status: "failed", reason: "script_failure" });
const green = (id: number, name = "e2e"): JobInput => ({ ...unit, id, name });
const retried = (id: number): JobInput => ({
  ...green(id),
  created: "10:20",
  started: "10:21",
  finished: "10:25",
});

/** Run 1 and 2 failed and passed, 3 and 4 passed; 5 and 6 have one commit, of which one failed; 7 failed alone. */
const story: readonly Delivered[] = [
  ...[1, 2].flatMap((run) => [
    hook(run, "failed", [red(run * 10), green(run * 10 + 1, "lint")], over("10:05", 240)),
    hook(run, "success", [red(run * 10), green(run * 10 + 1, "lint"), retried(run * 10 + 2)]),
  ]),
  ...[3, 4].map((run) => hook(run, "success", [green(run * 10), green(run * 10 + 1, "lint")])),
  hook(5, "failed", [red(50), green(51, "lint")], { sha: toSha("same") }),
  hook(6, "success", [retried(60), green(61, "lint")], { sha: toSha("same") }),
  hook(7, "failed", [red(70), green(71, "lint")]),
];

/** A TaskRun that Tekton itself tried again, and one of a matrix that failed beside one that passed. */
function tektonStory(): Delivered[] {
  const send = ({ headers, body }: ReturnType<typeof event>): Delivered => {
    return { source: "tekton", body, headers: headers as Record<string, string> };
  };
  const times = (from: number, to: number) => ({ startTime: at(from), completionTime: at(to) });
  const passed = (from: number) => ({ ...condition("True", "Succeeded", from + 60), ...times(from, from + 60) });
  const broken = { ...condition("False", "Failed", 50), ...times(2, 50) };
  const named = (name: string, uid: string) => ({ name, uid });
  const again = { ...passed(40), retriesStatus: [{ ...condition("False", "Failed", 30), ...times(2, 30) }] };
  const ofTask = { "tekton.dev/pipelineTask": "matrix" };
  return [
    send(event("taskRun", "successful", taskRun(again))),
    send(event("taskRun", "failed", taskRun(broken, named("train-b4k9z-matrix-0", "u0"), ofTask))),
    send(event("taskRun", "successful", taskRun(passed(2), named("train-b4k9z-matrix-1", "u1"), ofTask))),
    send(event("pipelineRun", "failed", pipelineRun({ ...condition("False", "Failed", 200), ...times(1, 200) }))),
  ];
}

for (const database of databases) {
  describe(`GET /api/v1/insights/flaky: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("finds the job that failed and passed on the same code, with its price and its runs, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "flaky"));

      expect(found).to.include({ exact: true, error_bound: null, runs: 7, jobs: 14, next_cursor: null });
      expect(found).to.include({ since: "2026-11-20T00:00:00.000Z", until: "2026-11-21T00:00:00.000Z" });
      expect(found["definition"]).to.match(/failed .* and passed on the same code/);
      const [item, ...others] = found["items"] as readonly Json[];
      expect(others).to.deep.equal([]);
      const { run_ids: runIds, last_run_id: last, ...rest } = item ?? {};
      expect(rest).to.deep.equal({
        provider: "gitlab",
        source: "gitlab",
        project: "team/shop",
        pipeline: "team/shop",
        stage: "test",
        job_name: "e2e",
        executions: 7,
        flakes: 3,
        failures: 1,
        lower_bound: computeWilsonLower(3, 7),
        wasted_seconds: 180,
        cost: null,
        state: "flaky",
        last_at: "2026-11-20T10:25:00.000Z",
      });
      expect(runIds).to.deep.equal(["2", "1", "5"]);
      expect(last).to.equal("2");
    });

    it("counts what Tekton tried again, and no job of a matrix beside another", async () => {
      const found = await askInEveryOrder(stage, tektonStory(), (server) => readInsight(server, "flaky"));

      const items = found["items"] as readonly Json[];
      expect(items.map(({ job_name: name, executions, flakes }) => [name, executions, flakes])).to.deep.equal([
        ["compile", 1, 1],
      ]);
      expect(found).to.include({ runs: 1, jobs: 2 });
    });

    it("takes the filters of runs and a state, and gives page after page of one span", async () => {
      const server = await start({ databaseUrl: await box.url() });
      for (const { source, body, headers } of [...story, ...tektonStory()]) await server.deliver(source, body, headers);
      const listNames = async (query: string) => {
        const { items } = await readInsight(server, `flaky?${query}`);
        return (items as readonly Json[]).map(({ job_name: name }) => name);
      };

      expect(await listNames("")).to.have.members(["e2e", "compile"]);
      expect(await listNames("provider=tekton")).to.deep.equal(["compile"]);
      expect(await listNames("project=team/shop&pipeline=team/shop&source=gitlab")).to.deep.equal(["e2e"]);
      expect(await listNames("ref=main")).to.deep.equal(["e2e"]);
      expect(await listNames("ref=other")).to.deep.equal([]);
      expect(await listNames("default_branch=true")).to.deep.equal(["e2e"]);
      expect(await listNames("state=flaky")).to.deep.equal(["e2e"]);
      expect(await listNames("state=healthy,broken")).to.deep.equal(["compile"]);

      const first = await readInsight(server, "flaky?limit=1");
      const second = await server.request(`/api/v1/insights/flaky?limit=1&cursor=${String(first["next_cursor"])}`);
      const pages = [...(first["items"] as Json[]), ...(second.json["items"] as Json[])];
      expect(pages.map(({ job_name: name }) => name)).to.deep.equal(["e2e", "compile"]);
      expect(second.json).to.include({ since: first["since"], until: first["until"], next_cursor: null });
    });
  });
}
