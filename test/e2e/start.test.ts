import { expect } from "chai";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { alterDatabase, lockDatabase } from "../support/database/lock.ts";
import { measureMillis, measureShortest } from "../support/measure.ts";
import { runProgram } from "../support/server/program.ts";
import { startProcess } from "../support/server/server.ts";

describe("the program", () => {
  const folder = freshFolder();
  const database = () => ({ PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` });

  /** Runs it with settings under which it must not start. */
  async function refused(env: Record<string, string>, code: number): Promise<string> {
    const ended = await runProgram(["serve"], { PIPEGAUGE_PORT: "0", ...env });
    expect([ended.code, ended.stderr.split("\n").length, ended.stdout], ended.stderr).to.deep.equal([code, 2, ""]);
    expect(ended.stderr).to.not.match(/ at |node_modules/);
    return ended.stderr;
  }

  const ways = [
    ["SIGTERM", {}, /"level":"info".*sources without a secret accept deliveries from this host only/],
    ["SIGINT", { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" }, /"level":"warn".*sources accept deliveries from anyone/],
  ] as const;
  for (const [signal, env, output] of ways) {
    it(`logs who is let in and where it listens, stops at ${signal}, and ends with 0`, async () => {
      const server = await startProcess({ ...database(), ...env });
      expect((await server.request("/readyz")).status).to.equal(200);

      expect(await server.end(signal)).to.equal(0);

      const [created = "", first = "", ...lines] = server.output().split("\n").slice(0, -1);
      expect(created).to.match(/"level":"warn".*new database: there was no SQLite file/);
      expect(first).to.match(output);
      const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
      expect(messages).to.deep.equal(["listening", "stopping", "stopped"]);
      expect(server.errors()).to.equal("");
    });
  }

  it("ends at once at a second signal", async () => {
    const server = await startProcess(database());
    const lock = lockDatabase(join(folder(), "ci.db"));
    const answer = server.deliver("gitlab", { object_kind: "push" }).catch(() => undefined);
    const seen = async () => (await server.scrape()).total("pipegauge_ledger_queue") === 1;
    while (!(await seen()));

    const ended = server.end("SIGTERM");
    while (!server.output().includes('"stopping"')) await new Promise(setImmediate);
    process.kill(server.pid, "SIGTERM");

    expect(await ended).to.equal("SIGTERM");
    expect(server.errors()).to.equal("");
    await answer;
    lock.release();
  });

  it("ends with 2 when the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;

    const output = await refused({ ...database(), PIPEGAUGE_PORT: String(port) }, 2);
    other.close();

    expect(output).to.match(new RegExp(`^pipegauge: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`));
  });

  it("ends with 2 when the address is not this machine's", async () => {
    const env = { ...database(), PIPEGAUGE_HOST: "192.0.2.1", PIPEGAUGE_GITLAB_SECRET: "canary" };

    expect(await refused(env, 2)).to.match(/^pipegauge: cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/);
  });

  it("ends with 2 when the database cannot be there, and says where", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "not a folder");
    mkdirSync(join(folder(), "folder.db"));

    // Settings that are wrong end a start before it looks for a database: what is longer than that is waiting.
    const peer = await measureMillis(() => refused({ ...database(), PIPEGAUGE_BATCH_MAX: "no number" }, 2));
    for (const path of [join(file, "sub", "ci.db"), join(folder(), "folder.db")]) {
      const start = () => refused({ PIPEGAUGE_DATABASE_URL: `sqlite:${path}` }, 2);
      expect(await start()).to.include(path);
      const limit = peer + 4000;
      expect(await measureShortest(limit, () => measureMillis(start)), "waiting would not help").to.be.below(limit);
    }
  });

  it("ends with 3 when the file is no database, and leaves it alone", async () => {
    const file = join(folder(), "notes.txt");
    writeFileSync(file, "dear diary, ".repeat(1000));

    const output = await refused({ PIPEGAUGE_DATABASE_URL: `sqlite:${file}` }, 3);

    expect(output).to.include(file).and.include("not a database");
    expect(readFileSync(file, "utf8")).to.equal("dear diary, ".repeat(1000));
  });

  it("ends with 2 when PostgreSQL cannot be reached, and shows no password", async () => {
    const url = "postgres://ci:canary-one@127.0.0.1:1/ci?sslpassword=canary-two";

    const output = await refused({ PIPEGAUGE_DATABASE_URL: url }, 2);

    expect(output)
      .to.match(/127\.0\.0\.1:1\/ci/)
      .and.match(/ECONNREFUSED/)
      .and.not.match(/canary/);
  });

  it("ends with 3 on a newer version's database, and leaves it alone", async () => {
    const server = await startProcess(database());
    await server.deliver("gitlab", pipelineHook("success", [unit], over("10:05", 240)));
    await server.end();
    const file = join(folder(), "ci.db");
    alterDatabase(file, "insert into knex_migrations (name, batch) values ('29990101000000_from_the_future.js', 9)");
    const [bytes, { mtimeMs }] = [readFileSync(file), statSync(file)];

    const output = await refused(database(), 3);

    expect(output)
      .to.include("29990101000000_from_the_future.js")
      .and.match(/newer version/);
    expect(readFileSync(file).equals(bytes)).to.be.true;
    expect(statSync(file).mtimeMs).to.equal(mtimeMs);
  });
});
