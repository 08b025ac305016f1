import { expect } from "chai";
import { join } from "node:path";
import { databases, sandbox } from "../support/database/databases.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const testdata = join(import.meta.dirname, "../../src/adapters/gitlab/testdata");

type Json = Readonly<Record<string, unknown>>;

for (const database of databases) {
  describe(`the read API, deployments, changes and pushes: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    const read = (name: string) => Buffer.from(readHttpFile(join(testdata, `${name}.http`)).request.body).toString();

    async function deliver(server: TestServer, ...names: readonly string[]): Promise<void> {
      for (const name of names) expect((await server.deliver("gitlab", read(name))).status, name).to.equal(202);
    }

    async function list(server: TestServer, path: string, name = path.split("?")[0] ?? ""): Promise<readonly Json[]> {
      const { status, json, text } = await server.request(`/api/v1/${path}`);
      expect(status, text).to.equal(200);
      return json[name] as readonly Json[];
    }

    it("shows a deployment by its environment, commit and state", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, "pipeline-with-gates-environments-and-a-bot", "deployment-running", "deployment-succeeded");

      const [deployment = {}, ...others] = await list(server, "deployments?environment=production/eu&state=finished");

      expect(others).to.deep.equal([]);
      expect(deployment).to.include({
        source: "gitlab",
        provider: "gitlab",
        native_id: "gitlab.example.com/71",
        project: "shop/backend/checkout",
        environment: "production/eu",
        tier: "production",
        ref: "main",
        sha: "5f1c0a7be2d94e0f8b6a3d7c1e9f20463a8b7c5d",
        run: null,
        job: "5003",
        state: "finished",
        result: "success",
        native_status: "success",
        finished_at: "2026-11-20T10:21:50.000Z",
      });
      expect(await list(server, "deployments?sha=5f1c0a7b&tier=production")).to.deep.equal([deployment]);
      expect(await list(server, "deployments?environment=production")).to.deep.equal([]);
      expect(await list(server, "deployments?state=executing")).to.deep.equal([]);
    });

    it("lists with a run the deployments of its jobs, and no others", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, "pipeline-with-gates-environments-and-a-bot", "deployment-succeeded");
      const { jobs } = (await server.request("/api/v1/runs/1")).json as { jobs: readonly Json[] };
      const [job] = jobs.filter(({ environment }) => environment === "production/eu").map(({ native_id: id }) => id);
      expect(await list(server, "runs/1", "deployments")).to.deep.equal([]);

      const ofJob = JSON.parse(read("deployment-succeeded")) as Json;
      await server.deliver("gitlab", { ...ofJob, deployment_id: 4711, deployable_id: Number(job) });

      const deployments = await list(server, "runs/1", "deployments");
      expect(deployments.map(({ native_id: id, job: by }) => [id, by])).to.deep.equal([
        ["gitlab.example.com/4711", job],
      ]);
      expect(await list(server, "deployments?limit=1")).to.deep.equal(deployments);
    });

    it("shows a change by its number and by either commit", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, "merge-request-merged", "merge-request-that-reverts-merged-without-a-commit");

      const [change = {}, ...others] = await list(server, "changes?project=shop/backend/checkout&number=88");

      expect(others).to.deep.equal([]);
      expect(change).to.include({
        number: "88",
        target: "main",
        state: "merged",
        merged_at: "2026-11-20T10:16:40.000Z",
        head_sha: "5f1c0a7be2d94e0f8b6a3d7c1e9f20463a8b7c5d",
        head_committed_at: "2026-11-20T10:10:41.000Z",
        draft: false,
        revert: false,
        hotfix: false,
      });
      expect(await list(server, "changes?sha=e7a1b2c3d4f5061728394a5b6c7d8e9f00112233")).to.deep.equal([change]);
      expect(await list(server, "changes?sha=e7a1b2c3d4f5")).to.deep.equal([change]);
      expect(await list(server, "changes?sha=5f1c0a7be2d9")).to.have.length(2);
      expect(await list(server, "changes?state=merged&limit=200")).to.have.length(2);
      expect(await list(server, "changes?state=open,closed")).to.deep.equal([]);
    });

    it("shows a push with the times of its commits, page after page", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(
        server,
        "push-to-the-default-branch",
        "push-of-a-new-default-branch-with-more-commits-than-are-sent",
      );

      const pushes = await list(server, "pushes?sha=5f1c0a7be2d94e0f8b6a3d7c1e9f20463a8b7c5d");
      const push = pushes.find(({ before }) => before === "c2b1a0998877665544332211ffeeddccbbaa0099") ?? {};
      const seen: unknown[] = [];
      for (let path = "/api/v1/pushes?limit=1&default_branch=true"; path !== ""; ) {
        const { json } = await server.request(path);
        const { pushes: shown, next_cursor: next } = json as { pushes: readonly Json[]; next_cursor: string | null };
        expect(shown).to.have.length(1);
        seen.push(...shown.map(({ native_id: id }) => id));
        path = next === null ? "" : `/api/v1/pushes?limit=1&default_branch=true&cursor=${next}`;
      }

      expect(push).to.deep.include({
        ref: "main",
        default_branch: true,
        before: "c2b1a0998877665544332211ffeeddccbbaa0099",
        after: "5f1c0a7be2d94e0f8b6a3d7c1e9f20463a8b7c5d",
        forced: null,
        commit_count: 2,
        commits: [
          { sha: "91d0c7a4", committed_at: "2026-11-20T09:58:02.000Z" },
          { sha: "5f1c0a7b", committed_at: "2026-11-20T10:10:41.000Z" },
        ],
      });
      expect(seen).to.have.length(2);
      expect(seen.at(-1)).to.equal(push["native_id"]);
    });
  });
}
