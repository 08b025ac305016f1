import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/port.ts";
import { testServers } from "../support/server/server.ts";
import { startSidecar, waiting, sidecarFixtures, use } from "./sidecar-process.ts";

describe("sidecar: how it ends", () => {
  const serve = testServers();
  const { folder, file, write } = sidecarFixtures();

  it("does not repeat what is refused for good, and says why it was", async () => {
    const server = await serve();
    write(JSON.stringify({ ...use, name: "build-linux" }));
    const sidecar = startSidecar([file(), server.url]);

    expect(await sidecar.ended).to.equal(1);
    expect(sidecar.output()).to.match(/gave up: .*answered 400: .*name must contain only letters/);
    expect(sidecar.output()).to.not.contain("trying again");
  });

  it("passes a warning of the receiver on", async () => {
    const server = await serve();
    write(JSON.stringify({ ...use, started: "" }));
    const sidecar = startSidecar([file(), server.url]);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect(sidecar.output()).to.contain("started is not a valid time");
  });

  it("gives up at its timeout where nothing comes", async () => {
    const sidecar = startSidecar([file(), "receiver.example.com", "--timeout", "1s"]);

    expect(await sidecar.ended).to.equal(1);
    expect(sidecar.output()).to.match(/gave up: .*metrics\.json was not written\n$/);
  });

  it("gives up at its timeout where no server answers", async () => {
    write();
    const port = await freePort();
    const sidecar = startSidecar([file(), `127.0.0.1:${port}`, "--timeout=2"]);

    expect(await sidecar.ended).to.equal(1);
    expect(sidecar.output()).to.match(
      /gave up: http:\/\/127\.0\.0\.1:\d+\/steps did not answer: .+ \(\d+ tr(y|ies)\)\n$/,
    );
  });

  it("gives up on a file that stays without sense", async () => {
    const sidecars = ["not JSON", "[]", '{"started":7}'].map((text, i) => {
      writeFileSync(join(folder(), `${i}.json`), text);
      return startSidecar([join(folder(), `${i}.json`), "receiver.example.com"]);
    });

    for (const sidecar of sidecars) {
      expect(await sidecar.ended).to.equal(1);
      expect(sidecar.output()).to.match(/gave up: .*[012]\.json is no JSON object of texts\n$/);
    }
  });

  it("ends at once when it is stopped before the job has left anything", async () => {
    const sidecar = startSidecar([file(), "receiver.example.com"]);
    await waiting(sidecar);
    const began = performance.now();

    sidecar.signal("SIGTERM");

    expect(await sidecar.ended).to.equal(1);
    // A second for a last look at the file (`lastLookMillis`); for what is there it would try for 20 (`lastSendMillis`).
    expect(performance.now() - began).to.be.below(10_000);
    expect(sidecar.output()).to.contain("stopped: ");
  });

  it("still sends what the job left just before the stop", async () => {
    const server = await serve();
    const sidecar = startSidecar([file(), server.url]);
    await waiting(sidecar);

    sidecar.signal("SIGTERM");
    // It then looks every 50 ms for a second (`stoppingPollMillis`, `lastLookMillis`): a few looks find nothing.
    await pause(3 * 50);
    write();

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect((await server.scrape()).total("ci_dotnet_build_total")).to.equal(1);
  });

  it("says how it is called, with exit code 2", async () => {
    const sidecar = startSidecar([file()]);

    expect(await sidecar.ended).to.equal(2);
    expect(sidecar.output()).to.match(/^pipegauge: usage: [^\n]+\n$/);
  });
});
