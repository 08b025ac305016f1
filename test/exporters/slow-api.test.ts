import { expect } from "chai";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { startProcess } from "../support/server/server.ts";

describe("an exporter whose API does not answer", () => {
  const folder = freshFolder();

  it("is ended before the scraper gives up, and closes its connection", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const connected = once(silent, "connection");
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

    const scraped = server.request("/metrics/gitlab", { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "5" } });
    const [socket] = (await connected) as [import("node:net").Socket];
    const closed = once(socket.resume(), "close");
    const { status, text } = await scraped;

    expect([status, text]).to.deep.equal([504, "Killed: Timed out\n"]);
    await closed;
    await server.end();
    silent.close();
  });
});
