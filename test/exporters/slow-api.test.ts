import { expect } from "chai";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { startProcess } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

describe("an exporter whose API does not answer", () => {
  const folder = freshFolder();

  it("is ended before the scraper gives up, and closes its connection", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket.resume()));
    const { port } = silent.address() as AddressInfo;
    writeFileSync(join(folder(), "token"), "t");
    writeFileSync(
      join(folder(), "config.yaml"),
      `exporters: [{ name: gitlab, settings: { url: "http://127.0.0.1:${port}", tokenFile: ${join(folder(), "token")}, groups: g } }]`,
    );
    const server = await startProcess({
      PIPEGAUGE_CONFIG: join(folder(), "config.yaml"),
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
    });

    // On a busy machine the exporter is ended before it has begun to ask: then the next scraper waits for longer.
    for (const seconds of [5, 10, 20]) {
      const scraped = server.request("/metrics/gitlab", {
        headers: { "X-Prometheus-Scrape-Timeout-Seconds": String(seconds) },
      });
      const { status, text } = await scraped;

      expect([status, text]).to.deep.equal([504, "Killed: Timed out\n"]);
      if (sockets.length > 0) break;
    }
    const [socket] = sockets;
    expect(socket, "a connection").to.not.equal(undefined);
    await until(() => socket?.closed === true, "its end");
    await server.end();
    silent.close();
  });
});
