import { expect } from "chai";
import { freePort } from "../support/port.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";
import { sidecarFixtures, startSidecar, use } from "./sidecar-process.ts";

describe("sidecar: timeout and receiver", () => {
  const serve = testServers();
  const { file, write, answering } = sidecarFixtures();

  for (const timeout of ["3s", "5s", "9s", "11s"]) {
    it(`sends what is there within a timeout of ${timeout}`, async () => {
      const server = await serve();
      write();

      const sidecar = startSidecar([file(), server.url, "--timeout", timeout]);

      expect(await sidecar.ended, sidecar.output()).to.equal(0);
      expect(sidecar.output()).to.not.contain("did not answer");
    });
  }

  it("reaches a receiver that comes back after a stop, within a short timeout", async () => {
    write();
    const port = await freePort();
    const sidecar = startSidecar([file(), `127.0.0.1:${port}`, "--timeout", "6s"]);
    await until(() => sidecar.output().includes("trying again"), "the sidecar tried");
    sidecar.signal("SIGTERM");

    const late = await answering((response) => void response.writeHead(200).end(), port);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect(late.requests).to.have.length(1);
  });

  it("sends to what RECEIVER_SERVICE says, with the key in it, and passes by what else the file holds", async () => {
    const server = await serve({ env: { PRPC_PSK: "k 1" } });
    write(JSON.stringify({ ...use, id: 3, more: { deep: [] } }));

    const service = `http://x:k%201@127.0.0.1:${server.port}`;
    const sidecar = startSidecar([file(), "receiver.example.com"], { RECEIVER_SERVICE: service });

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect(sidecar.output()).to.contain("as RECEIVER_SERVICE says").and.not.contain("k%201");
    expect((await server.scrape()).total("ci_dotnet_build_total")).to.equal(1);
  });
});
