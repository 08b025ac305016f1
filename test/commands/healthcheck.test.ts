import { expect } from "chai";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { runProgram } from "../support/server/program.ts";

describe("healthcheck", () => {
  let server: Server | undefined;
  const asked: string[] = [];

  /** A server on this host that answers `/readyz` with `status`, or not at all. */
  async function answering(status: number | undefined): Promise<number> {
    const made = createServer((request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      if (status !== undefined) response.writeHead(status).end("{}");
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
    return (made.address() as AddressInfo).port;
  }

  afterEach(async () => {
    asked.length = 0;
    const ending = server;
    server = undefined;
    ending?.closeAllConnections();
    await new Promise<void>((resolve) => (ending === undefined ? resolve() : ending.close(() => resolve())));
  });

  it("asks a server that listens to every address through the loopback one", async () => {
    const port = await answering(200);

    const ended = await runProgram(["healthcheck"], { PIPEGAUGE_PORT: `${port}`, PIPEGAUGE_GITLAB_SECRET: "s" });

    expect(ended).to.deep.equal({ code: 0, stdout: "ready\n", stderr: "" });
    expect(asked).to.deep.equal(["GET /readyz"]);
  });

  it("asks at the port that health has of its own", async () => {
    const port = await answering(200);

    const ended = await runProgram(["healthcheck", "--port", "1"], { PIPEGAUGE_HEALTH_PORT: `${port}` });

    expect(ended).to.deep.equal({ code: 0, stdout: "ready\n", stderr: "" });
  });

  it("ends with 1 when the server is not ready", async () => {
    const port = await answering(503);

    expect(await runProgram(["healthcheck", "--port", `${port}`])).to.deep.equal({
      code: 1,
      stdout: `not ready: http://127.0.0.1:${port}/readyz answered 503\n`,
      stderr: "",
    });
  });

  it("ends with 1 when the server does not answer", async () => {
    const port = await answering(undefined);

    expect(await runProgram(["healthcheck", "--port", `${port}`])).to.deep.equal({
      code: 1,
      stdout: `not ready: http://127.0.0.1:${port}/readyz: no answer within 4 s\n`,
      stderr: "",
    });
  });

  it("ends with 1 when no server listens", async () => {
    // Port 1 needs privileges and a service that no machine runs.
    expect(await runProgram(["healthcheck", "--host", "127.0.0.1", "--port", "1"])).to.deep.equal({
      code: 1,
      stdout: "not ready: http://127.0.0.1:1/readyz: connect ECONNREFUSED 127.0.0.1:1\n",
      stderr: "",
    });
  });
});
