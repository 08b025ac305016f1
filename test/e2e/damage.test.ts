import Database from "better-sqlite3";
import { expect } from "chai";
import { copyFileSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describeRoom } from "../../src/core/store/db/watch-file.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { fill } from "../support/database/fill.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { startProcess, testServers, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });

/** Overwrites every page of a database file but the first with zeros. */
function zeroPages(file: string): void {
  const pageSize = 4096;
  const descriptor = openSync(file, "r+");
  for (let at = pageSize; at < statSync(file).size; at += pageSize)
    writeSync(descriptor, Buffer.alloc(pageSize), 0, pageSize, at);
  closeSync(descriptor);
}

describe("a database file that is no longer what it was", function () {
  this.timeout(60_000);
  const folder = freshFolder();
  const start = testServers();

  const ways = {
    deleted: (file: string) => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    },
    "replaced by a copy": (file: string) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  };
  for (const [how, change] of Object.entries(ways)) {
    it(`${how}: nothing is answered for, and the server ends so that it can be started again`, async () => {
      const file = join(folder(), "ci.db");
      const server = await startProcess({ PIPEGAUGE_DATABASE_URL: `sqlite:${file}` });
      expect((await server.deliver("gitlab", green(1))).status).to.equal(202);

      change(file);

      // It may have ended before: then no server answers.
      const answer = await server.deliver("gitlab", green(2)).catch(() => undefined);
      expect(answer?.status ?? 503).to.equal(503);
      expect(await server.ended).to.equal(1);
      expect(server.output()).to.match(/"level":"error".*deleted, moved or replaced/);
      const again = await startProcess({ PIPEGAUGE_DATABASE_URL: `sqlite:${file}` });
      // What stood in the log beside the old file may have come into the new one.
      expect((await again.deliver("gitlab", green(2))).status).to.be.oneOf([200, 202]);
      expect(await again.end()).to.equal(0);
    });
  }

  it("moved: not ready at the next probe", async () => {
    const server = await start();
    expect((await server.request("/readyz")).status).to.equal(200);

    renameSync(server.file, `${server.file}.moved`);

    await until(async () => (await server.request("/readyz")).status === 503, "not ready");
    expect((await server.request("/healthz")).status).to.equal(200);
  });

  for (const [when, before] of [
    ["after the first delivery", 1],
    ["before it", 0],
  ] as const)
    it(`damaged while the server runs, ${when}: 503, not ready and a line in the log, not a dead letter`, async () => {
      const server = await start({ tuning: { thread: true } });
      for (let id = 1; id <= before; id++) await server.deliver("gitlab", { object_kind: "push" });
      await fill(server.store, 20_000);
      await server.store.connection.knex.raw("pragma wal_checkpoint(truncate)");
      zeroPages(server.file);

      const statuses: number[] = [];
      for (let id = 1; id <= 20; id++) statuses.push((await server.deliver("gitlab", green(200_000 + id))).status);

      expect(statuses).to.include(503);
      // A page that is still in memory may serve a few before; once it has shown, nothing is written any more.
      expect(statuses.slice(statuses.indexOf(503))).to.deep.equal(Array(20 - statuses.indexOf(503)).fill(503));
      expect((await server.request("/readyz")).status).to.equal(503);
      const lines = server.logged().filter(({ msg }) => /the database is broken/.test(String(msg)));
      expect(lines.map(({ level }) => level)).to.deep.equal(["error"]);
    });

  it("damaged before a start: it is refused with exit code 3, and left as it is", async () => {
    const file = join(folder(), "ci.db");
    const url = `sqlite:${file}`;
    const server = await startProcess({ PIPEGAUGE_DATABASE_URL: url });
    await server.deliver("gitlab", green(1));
    await server.end();
    new Database(file).pragma("wal_checkpoint(truncate)");
    zeroPages(file);
    const before = readFileSync(file);

    for (const command of ["serve", "migrate"]) {
      const ended = await runProgram([command], { PIPEGAUGE_PORT: "0", PIPEGAUGE_DATABASE_URL: url });
      expect([ended.code, ended.stdout], ended.stderr).to.deep.equal([3, ""]);
      expect(ended.stderr).to.match(/damaged|malformed/);
      expect(readFileSync(file).equals(before)).to.equal(true);
    }
  });

  it("on a full disk: the words of a refused start say so", function () {
    if (process.platform !== "linux") this.skip();
    // A file system without room for anything.
    expect(describeRoom("/proc/ci.db")).to.equal(": the disk of /proc is full (0 bytes free)");
    expect(describeRoom(join(folder(), "ci.db"))).to.equal("");
  });
});

describe("a PostgreSQL whose data is corrupted", () => {
  const [, postgres] = databases;
  if (postgres === undefined) throw new Error("there is no PostgreSQL among the databases");
  const box = sandbox(postgres);
  const start = testServers();

  for (const code of ["XX001", "XX002"]) {
    it(`${code}: 503 and not ready, not a dead letter`, async () => {
      const server: TestServer = await start({ databaseUrl: await box.url() });
      await server.store.connection.knex.raw(`
        create function complain() returns trigger language plpgsql as $$
          begin raise exception 'invalid page' using errcode = '${code}'; end $$;
        create trigger complain before insert on runs for each row execute function complain()`);

      expect((await server.deliver("gitlab", green(1))).status).to.equal(503);

      expect((await server.request("/readyz")).status).to.equal(503);
      const { json } = await server.request("/api/v1/deliveries");
      expect(json["deliveries"]).to.deep.equal([]);
    });
  }
});
