import { expect } from "chai";
import { fixture } from "../support/payloads/github.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

for (const database of databases) {
  describe(`the attempt of a job: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    async function deliver(server: TestServer, name: string, id: string, fields: Json): Promise<void> {
      const { headers, body } = fixture(name);
      const event = headers["x-github-event"] ?? "";
      const sent = JSON.parse(Buffer.from(body).toString()) as Record<string, Json>;
      const changed = { ...sent, [event]: { ...sent[event], ...fields } };
      const answer = await server.deliver("github", changed, { "x-github-event": event, "x-github-delivery": id });
      expect(answer.status).to.equal(202);
    }

    async function readAttempts(server: TestServer): Promise<readonly unknown[]> {
      const { json } = await server.request("/api/v1/runs/1");
      return (json["jobs"] as readonly Json[]).map((job) => [job["native_id"], job["attempt"]]);
    }

    it("is the one that GitHub tells: jobs of one name in a matrix are no attempts of each other", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, "run-failed", "run", {});
      for (const id of [61, 62, 63]) await deliver(server, "job-failed", `job-${id}`, { id, name: "build" });

      expect(await readAttempts(server)).to.have.deep.members([
        ["61", 1],
        ["62", 1],
        ["63", 1],
      ]);
    });

    it("is that of the delivery for a job of a later attempt that is seen alone, and derived where the delivery has none", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, "job-succeeded", "late", { id: 64, name: "build", run_attempt: 10 });
      await deliver(server, "job-failed", "first", { id: 60, name: "lint", run_attempt: undefined });

      expect(await readAttempts(server)).to.have.deep.members([
        ["64", 10],
        ["60", 1],
      ]);
    });
  });
}
