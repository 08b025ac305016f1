import { expect } from "chai";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createEntry, passRuns } from "../../bench/history.ts";
import { firstId } from "../../bench/payloads.ts";
import { connectionsTo, descriptors, familySeconds, residentMegabytes } from "../../bench/procfs.ts";
import { parseSeconds } from "../../bench/soak.ts";
import { openSender, quantile, sendSteadily } from "../../bench/steady.ts";
import { requireProcfs } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const payload = { path: "/", headers: { "Idempotency-Key": "{{n}}" }, body: '{"id":{{n}}}' };

/** Listens while `work` runs, which gets the address. */
async function serving<T>(listener: RequestListener, work: (host: string, port: number) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await work(`127.0.0.1:${port}`, port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a load at a fixed rate", () => {
  it("is sent on time with any response, and times each delivery from when it was due", async () => {
    const size = 50;
    const held: ServerResponse[] = [];
    const seen = new Set<string>();
    const listener: RequestListener = (request, response) => {
      seen.add(String(request.headers["idempotency-key"]));
      held.push(response);
      if (held.length === size) for (const one of held) one.writeHead(202).end();
    };

    const steady = await serving(listener, (host) =>
      sendSteadily(openSender(payload, host, size), { perSecond: 200, seconds: size / 200, from: firstId }),
    );

    // All waited for the last, which was due 245 ms after the first; a timer may be a little early.
    expect([steady.sent, steady.accepted, seen.size]).to.deep.equal([size, size, size]);
    expect(quantile(steady.millis, 1)).to.be.at.least(240);
    expect(quantile(steady.millis, 0.01)).to.equal(steady.millis[0]);
  });

  it("waits for a connection where all are busy, and the wait counts", async () => {
    const steady = await serving(
      (_, response) => setTimeout(() => response.writeHead(202).end(), 20),
      (host) => sendSteadily(openSender(payload, host, 1), { perSecond: 1000, seconds: 0.01, from: firstId }),
    );

    expect(steady.accepted).to.equal(10);
    expect(quantile(steady.millis, 1)).to.be.at.least(150);
  });

  it("tells what was not accepted", async () => {
    let answered = 0;
    const listener: RequestListener = (request, response) => {
      const turn = answered++ % 4;
      if (turn === 3) request.socket.destroy();
      else response.writeHead([202, 200, 503][turn] ?? 500).end();
    };

    const steady = await serving(listener, (host) =>
      sendSteadily(openSender(payload, host, 1), { perSecond: 1000, seconds: 0.008, from: firstId }),
    );

    expect([steady.sent, steady.accepted, steady.millis.length]).to.deep.equal([8, 2, 2]);
  });

  it("has quantiles that were measured, and none of nothing", () => {
    const ascending = Float64Array.of(1, 2, 3, 40);
    expect([0, 0.25, 0.5, 0.99, 1].map((share) => quantile(ascending, share))).to.deep.equal([1, 1, 2, 40, 40]);
    expect(quantile(new Float64Array(), 0.5)).to.be.NaN;
  });

  it("lasts as long as a person says", () => {
    expect(["90s", "60m", "8h"].map(parseSeconds)).to.deep.equal([90, 3600, 28_800]);
    for (const odd of ["", "60", "1.5h", "9s", "0s", "-1m", "60 m", "1d"])
      expect(() => parseSeconds(odd), odd).to.throw("--soak");
  });
});

describe("a history of runs", () => {
  const origin = Date.UTC(2026, 0, 1);

  it("is what the program makes of genuine deliveries, no two alike", () => {
    const picked = [0, 1, passRuns - 1, passRuns, 99 * passRuns + 17].map((i) => createEntry(i, origin));

    for (const { delivery, observations } of picked) {
      expect([delivery.outcome, delivery.reason, observations.length]).to.deep.equal(["accepted", null, 1]);
      const [run] = observations;
      expect([run?.facts.state, run?.jobs?.length, run?.jobs?.[0]?.facts.state]).to.deep.equal([
        "finished",
        1,
        "finished",
      ]);
      expect(run?.facts.durationSeconds).to.be.above(0);
    }
    expect(new Set(picked.map(({ delivery }) => delivery.key)).size).to.equal(picked.length);
    expect(new Set(picked.map(({ observations: [run] }) => run?.completion)).size).to.equal(picked.length);
  });

  it("has passes that are alike but for ids and times", () => {
    const facts = (i: number) => {
      const [run] = createEntry(i, origin).observations;
      const { project, pipeline, result, queueSeconds, durationSeconds } = run?.facts ?? {};
      return { project, pipeline, result, queueSeconds, durationSeconds };
    };
    const picked = Array.from({ length: 70 }, (_, i) => 142 * i + (i % 14));

    for (const i of picked) expect(facts(i + passRuns)).to.deep.equal(facts(i));
    const all = [...picked, 5, passRuns - 1].map(facts);
    expect(new Set(all.map(({ project }) => project)).size).to.be.above(picked.length);
    expect(new Set(all.map(({ result }) => result))).to.deep.equal(new Set(["success", "failure"]));
  });
});

describe("what the benchmark reads of a process", () => {
  before(function () {
    requireProcfs.call(this);
  });

  it("is its memory, its processor time and its connections", async () => {
    await serving(
      (_, response) => response.end(),
      async (host, port) => {
        const [open, connected] = [descriptors(process.pid), connectionsTo(port)];
        const sender = openSender(payload, host, 1);
        await sender.send(firstId);

        expect([connectionsTo(port) - connected, descriptors(process.pid) - open]).to.deep.equal([1, 2]);
        sender.close();
        await until(() => connectionsTo(port) === 0, "the end of the connection");
      },
    );
    expect(residentMegabytes(process.pid)).to.be.within(20, 20_000);
    expect(familySeconds(process.pid)).to.be.at.least(process.cpuUsage().user / 1e6 - 1);
  });
});
