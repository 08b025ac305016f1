import { expect } from "chai";
import { get as getHttp, type IncomingMessage } from "node:http";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

interface Listener {
  readonly response: IncomingMessage;
  readonly received: () => string;
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
}

function listen(server: TestServer, headers: Headers = {}): Promise<Listener> {
  return new Promise((resolve, reject) => {
    getHttp(`${server.url}/ui/events`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      const ended = new Promise<void>((end) => response.once("end", end));
      resolve({ response, received: () => text, ended });
    }).on("error", reject);
  });
}

const run = (id: number) => pipelineHook("success", [{ ...unit, id }], { id, iid: id });

for (const database of databases) {
  describe(`events of changes: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    it("come after a delivery, also to another replica, and end with the server", async () => {
      const databaseUrl = await box.url();
      const [server, other] = [await start({ databaseUrl }), await start({ databaseUrl })];
      const listener = await listen(server);
      expect(listener.response.headers["content-type"]).to.match(/^text\/event-stream\b/);
      expect(listener.response.headers["content-encoding"]).to.equal(undefined);
      await until(() => listener.received().includes("event: change\ndata: 0\n\n"), "the first event");

      await other.deliver("gitlab", run(700));

      await until(() => /data: [1-9]\d*\n\n$/.test(listener.received()), "the second event");
      const began = performance.now();
      await server.stop();
      await listener.ended;
      expect(performance.now() - began, "milliseconds of the stop").to.be.below(3000);
    });
  });
}

describe("events of changes", () => {
  const start = testServers();

  it("are for readers, and for a bounded number of browsers", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "the-token-of-the-page" } });
    const reader = { authorization: "Bearer the-token-of-the-page" };
    expect((await listen(server)).response.statusCode).to.equal(401);

    const listeners = await Promise.all(Array.from({ length: 64 }, () => listen(server, reader)));
    const refused = await listen(server, reader);
    expect(listeners.map(({ response }) => response.statusCode)).to.deep.equal(listeners.map(() => 200));
    expect([refused.response.statusCode, refused.response.headers["retry-after"]]).to.deep.equal([503, "5"]);

    listeners[0]?.response.destroy();
    await until(async () => {
      const again = await listen(server, reader);
      if (again.response.statusCode !== 200) again.response.resume();
      return again.response.statusCode === 200;
    }, "a free place");
    for (const { response } of listeners) response.destroy();
  });

  it("are listened to by a view that is asked to, with a policy that allows no other script", async () => {
    const server = await start();

    const [plain, live] = [await server.request("/ui/runs?ref=a"), await server.request("/ui/runs?ref=a&live=1")];

    expect(plain.text).to.not.include("<script");
    expect(plain.text).to.include('href="../ui/runs?ref=a&amp;live=1"');
    expect(plain.headers.get("content-security-policy")).to.not.include("script-src");
    expect(live.headers.get("content-security-policy")).to.include("; script-src 'self'; connect-src 'self'");
    const [, path = ""] = /<script src="([^"]+)" defer><\/script>/.exec(live.text) ?? [];
    expect(live.text.match(/<script/g)).to.have.length(1);
    const script = await server.request(`/ui/${path}`);
    expect([script.status, script.headers.get("content-type")]).to.deep.equal([200, "text/javascript; charset=utf-8"]);
  });
});
