import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { acceptRollups, refuseRollups } from "../support/failures.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers } from "../support/server/server.ts";

describe("a delivery that was understood and that the database refuses", () => {
  const start = testServers();

  it("is a dead letter with the reason in the answer, in the log and where it is kept; replayed, it counts", async () => {
    const server = await start();
    const { knex } = server.store.connection;
    await knex.raw(refuseRollups.sqlite);
    const hook = pipelineHook("success", [unit], { ...over("10:05", 240), id: 1 });

    const answer = await server.deliver("gitlab", hook);

    expect(answer.status).to.equal(202);
    expect(answer.json).to.deep.equal({ status: "dead_letter", reason: "the database refused it" });
    const [kept] = await readRows(server, "deliveries");
    expect(kept).to.include({ outcome: "dead_letter", reason: "the database refused it: not today" });
    const logged = server.logged().filter(({ reason }) => reason === kept?.["reason"]);
    expect(logged).to.have.length(1);
    expect(logged[0]).to.include({ source: "gitlab", msg: "a delivery was stored as a dead letter" });

    await knex.raw(acceptRollups.sqlite);
    expect((await server.deliver("gitlab", hook)).status).to.equal(202);
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(1);
  });
});
