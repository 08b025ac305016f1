import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const [, postgres] = databases;
if (postgres === undefined) throw new Error("there is no PostgreSQL among the databases");
const required = postgres;

describe("a signal to a server on PostgreSQL", function () {
  this.timeout(90_000);
  const box = sandbox(required);
  let proxy: Proxy;
  let server: TestProcess | undefined;

  afterEach("end both", async () => {
    await server?.end("SIGKILL");
    await proxy?.close();
  });

  it("stops it in order as soon as it says that it listens, whatever PostgreSQL still has to answer", async () => {
    const url = new URL(await box.url());
    proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    // The question about settings that lose deliveries, which is asked once the server listens.
    proxy.swallowAt("current_setting('fsync')");
    const running = (server = await startProcess({ PIPEGAUGE_DATABASE_URL: url.href }));

    const ended = running.end("SIGTERM");
    await Promise.race([ended, until(() => running.output().includes('"stopping"'), "the stop")]);
    await proxy.cut();

    expect(await ended).to.equal(0);
    expect(running.output()).to.match(/"msg":"stopped"\}\n$/);
  });
});
