import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers } from "../support/server/server.ts";

describe("replay: what it reports", () => {
  const start = testServers();
  const hook = JSON.stringify(pipelineHook("success", [unit], over("10:05", 240)));

  it("names the nearest source for one that does not exist", async () => {
    const server = await start();
    const replay = (source: string) =>
      runProgram(["replay", "--source", source], { PIPEGAUGE_DATABASE_URL: `sqlite:${server.file}` });

    expect(await replay("gitlba")).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: 'pipegauge: --source: "gitlba" is no source: did you mean gitlab?\n',
    });
    expect((await replay("bamboo-main")).stderr).to.equal(
      'pipegauge: --source: "bamboo-main" is no source: there are gitlab, tekton, jenkins, github\n',
    );
  });

  it("counts deliveries that match and have no body, and names keepBodies", async () => {
    const server = await start();
    await server.deliver("gitlab", hook);
    await server.deliver("gitlab", hook.slice(0, -1));
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${server.file}` };

    const { code, stdout } = await runProgram(["replay"], env);
    const json = await runProgram(["replay", "--json"], env);

    expect(code).to.equal(0);
    expect(stdout.split("\n")).to.deep.equal([
      "replayed: 1 dead_letter",
      "1 of 2 deliveries that match has no stored body: only dead letters are kept, and all of a source with keepBodies",
      "",
    ]);
    expect(JSON.parse(json.stdout)).to.deep.equal({ matched: 2, without_body: 1, outcomes: { dead_letter: 1 } });
  });
});
