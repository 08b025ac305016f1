import { expect } from "chai";
import { join } from "node:path";
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { groupByName, medianByThread, reportCost, type CostedRound } from "../../bench/cost.ts";
import { threadSeconds, writtenBytes } from "../../bench/procfs.ts";
import { spread, whole } from "../../bench/report.ts";
import { isInMemory, nameThreads, startProgram } from "../../bench/server.ts";
import { freshFolder } from "../support/folder.ts";
import { requireProcfs } from "../support/tools.ts";

/** Answers every request, and for `/work` once its thread has counted far. */
const program = `
import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
const thread = new Worker(new URL("./packer-thread.js", import.meta.url));
createServer((request, response) => {
  if (request.url !== "/work") return response.end();
  thread.once("message", () => response.end());
  thread.postMessage("work");
}).listen(Number(process.env.PORT), "127.0.0.1");
`;
const threadProgram = `
import { parentPort } from "node:worker_threads";
parentPort.on("message", () => {
  let sum = 0;
  for (let i = 0; i < 200_000_000; i++) sum = (sum + i) % 1_000_003;
  parentPort.postMessage(sum);
});
`;

function costed(
  byThread: Readonly<Record<string, number>>,
  databaseMicros = 0,
  walBytes = 0,
  diskBytes = 0,
): CostedRound {
  const microsByThread = new Map(Object.entries(byThread));
  const micros = [...microsByThread.values()].reduce((sum, value) => sum + value, 0);
  const round = { acknowledged: 1, perSecond: 1, p50Millis: 1, p99Millis: 1, generatorBusy: 0, generatorSeconds: 0 };
  return { ...round, microsByThread, micros, databaseMicros, walBytes, diskBytes };
}

describe("what a delivery costs", () => {
  const folder = freshFolder();

  it("includes what the process wrote to a disk", function () {
    requireProcfs.call(this);
    const before = writtenBytes(process.pid);
    const file = openSync(join(folder(), "flushed"), "w");
    writeSync(file, Buffer.alloc(1_000_000));
    fsyncSync(file);
    closeSync(file);
    // A file system in memory writes to no disk.
    if (isInMemory(folder())) this.skip();
    expect(writtenBytes(process.pid) - before).to.be.within(1_000_000, 2_000_000);
  });

  it("is shown by thread, each with the name of its program", async function () {
    requireProcfs.call(this);
    const directory = folder();
    const files = { "packer-thread.js": threadProgram, "program.js": program, "package.json": '{"type":"module"}' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const args = ["--import", nameThreads, join(directory, "program.js")];
    const server = await startProgram(process.execPath, args, directory, (port) => ({ PORT: port }));
    try {
      await fetch(`http://${server.host}/work`);
      const before = threadSeconds(server.pid);
      await fetch(`http://${server.host}/work`);
      const names = new Map([...server.threadNames(), [server.pid, "main"]]);
      const seconds = groupByName(before, threadSeconds(server.pid), names);

      expect([...names.values()].toSorted()).to.deep.equal(["main", "packer"]);
      expect([...seconds.keys()].toSorted()).to.deep.equal(["main", "other", "packer"]);
      expect(seconds.get("packer")).to.be.above(0.1);
      expect(seconds.get("main"))
        .to.be.above(0)
        .and.below((seconds.get("packer") ?? 0) / 2);
    } finally {
      await server.stop();
    }
  });

  it("counts threads that began in between, and leaves out those that ended", () => {
    const names = new Map([
      [1, "main"],
      [2, "writer"],
      [5, "writer"],
    ]);
    const before = new Map([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ]);
    const after = new Map([
      [1, 11],
      [2, 22],
      [3, 34],
      [5, 8],
      [6, 16],
    ]);
    expect([...groupByName(before, after, names)]).to.deep.equal([
      ["main", 1],
      ["writer", 10],
      ["other", 20],
    ]);
  });

  it("is the middle of the rounds, the costliest thread first", () => {
    const rounds = [
      costed({ main: 10, writer: 20, other: 90 }),
      costed({ main: 12, writer: 25, other: 1 }),
      costed({ main: 14, writer: 90, other: 2, reader: 3 }),
    ];
    expect([...medianByThread(rounds)]).to.deep.equal([
      ["writer", 25],
      ["main", 12],
      ["reader", 0],
      ["other", 2],
    ]);
  });

  it("has a bound in times of the bare server's, and is one line more of each thing that a database uses", () => {
    const ours = { ...costed({ main: 200, writer: 100 }, 250, 7350), perSecond: 2000 };
    const findings = reportCost([costed({ main: 60 })], [ours], 4.9);
    expect(findings.map(({ what, value, bound, ok }) => [what, value, bound, ok])).to.deep.equal([
      ["processor time a delivery, bare server", "60 µs", undefined, undefined],
      ["processor time a delivery, Pipegauge", "300 µs", undefined, undefined],
      ["of it main", "200 µs", undefined, undefined],
      ["of it writer", "100 µs", undefined, undefined],
      ["share of a core that each thread used", "main 40 %, writer 20 %", undefined, undefined],
      ["processor time, Pipegauge / bare server", "5.00", "≤ 4.90", false],
      ["processor time a delivery, PostgreSQL", "250 µs", undefined, undefined],
      ["WAL a delivery, PostgreSQL", "7.3 kB", undefined, undefined],
    ]);
    const embedded = reportCost([costed({ main: 60 })], [costed({ main: 294 }, 0, 0, 15_680)], 4.9);
    expect(embedded.map(({ ok }) => ok)).to.include(true);
    expect(embedded.at(-1)).to.include({ what: "written to the disk a delivery", value: "15.7 kB" });
  });

  it("is shown with its spread", () => {
    expect(spread([3, 1, 2, 10], whole)).to.equal("3 (1 to 10)");
  });
});
