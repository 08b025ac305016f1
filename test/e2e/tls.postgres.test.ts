import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import type { AppError } from "../../src/core/errors.ts";
import { copyLedger } from "../../src/core/store/maintenance/copy.ts";
import { openStore } from "../../src/core/store/index.ts";
import { makeCertificates, type Certificates } from "../support/server/certificates.ts";
import { listFaults } from "../support/faults.ts";
import { hasPostgres, startCluster, stopCluster, type Cluster } from "../support/postgres.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { measureMillis, measureShortest } from "../support/measure.ts";

describe("PostgreSQL over TLS", function () {
  this.timeout(60_000);
  let folder = "";
  let own: Certificates;
  let other: Certificates;
  let cluster: Cluster | undefined;
  const serve = testServers();

  before("a server with a certificate", async function () {
    requireTool.call(this, "openssl");
    // Its programs are not on PATH on every system, and this finds them where they are.
    if (!hasPostgres()) requireTool.call(this, "initdb");
    folder = mkdtempSync(join(tmpdir(), "pipegauge-tls-"));
    own = makeCertificates(folder, "own", ["DNS:localhost"]);
    other = makeCertificates(folder, "other", ["DNS:localhost"]);
    cluster = await startCluster({ tls: own });
  });
  after("stop it", () => {
    if (cluster !== undefined) stopCluster(cluster.folder);
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  /** The certificate is that of `localhost`. */
  function url(query: string, host = "localhost"): string {
    const made = new URL(cluster?.url ?? "");
    made.hostname = host;
    made.search = query;
    return made.href;
  }
  /** What becomes of a start on this database: nothing, or the error that it ends with. */
  async function start(databaseUrl: string): Promise<AppError | undefined> {
    const log = { warn: () => undefined, error: () => undefined };
    const opened = openStore({ url: databaseUrl, log, clock: Date.now, seriesMax: 100 });
    return opened.then(
      async (store) => {
        await store.ping();
        await store.close();
        return undefined;
      },
      (error: unknown) => error as AppError,
    );
  }

  it("works with the right CA, and where none is asked for", async () => {
    for (const query of [
      `sslmode=verify-full&sslrootcert=${own.ca}`,
      `sslmode=verify-ca&sslrootcert=${own.ca}`,
      `sslmode=require&sslrootcert=${own.ca}`,
      `sslrootcert=${own.ca}`,
      "sslmode=require",
      "sslmode=no-verify",
    ]) {
      expect((await start(url(query)))?.message, query).to.equal(undefined);
    }
  });

  it("with a CA, another host name is taken unless it was to be verified", async () => {
    for (const mode of ["require", "verify-ca"]) {
      const error = await start(url(`sslmode=${mode}&sslrootcert=${own.ca}`, "127.0.0.1"));
      expect(error?.message, mode).to.equal(undefined);
    }
  });

  it("refuses a certificate that is not trusted, and is refused without encryption by a server that requires it", async () => {
    const unknown = /unable to (verify|get)|signature|self-signed/;
    const cases: readonly (readonly [query: string, host: string, reason: RegExp])[] = [
      [`sslmode=verify-full&sslrootcert=${other.ca}`, "localhost", unknown],
      [`sslmode=verify-ca&sslrootcert=${other.ca}`, "localhost", unknown],
      [`sslmode=require&sslrootcert=${other.ca}`, "localhost", unknown],
      ["sslmode=verify-full", "localhost", unknown],
      [`sslmode=verify-full&sslrootcert=${own.ca}`, "127.0.0.1", /IP: 127\.0\.0\.1 is not in the cert's list/],
      ["sslmode=disable", "localhost", /no pg_hba\.conf entry .*no encryption/],
      ["", "localhost", /no pg_hba\.conf entry .*no encryption/],
    ];
    for (const [query, host, reason] of cases) {
      let error = await start(url(query, host));
      const again = () => measureMillis(async () => (error = await start(url(query, host))));
      expect(await measureShortest(4000, again), "no waiting for what time cannot mend").to.be.below(4000);
      expect(error?.message, query)
        .to.match(/^cannot use the database postgres:[^\n]*$/)
        .and.match(reason);
      expect(error?.code).to.equal("config");
    }
  });

  it("takes and counts deliveries over it", async () => {
    const server = await serve({ databaseUrl: url("sslmode=verify-ca"), env: { PIPEGAUGE_DATABASE_CA_FILE: own.ca } });
    const hook = pipelineHook("success", [unit], { ...over("10:05", 240), id: 1 });

    expect(await server.deliver("gitlab", hook)).to.have.property("status", 202);

    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(1);
    const used = await server.store.connection.knex.raw<{ rows: { ssl: boolean }[] }>(
      "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
    );
    expect(used.rows).to.deep.equal([{ ssl: true }]);
  });

  it("the program ends with 2 and one line, and prints none of the driver's warnings", async () => {
    const database = (ca: Certificates) => ({
      PIPEGAUGE_DATABASE_URL: url("sslmode=verify-ca"),
      PIPEGAUGE_DATABASE_CA_FILE: ca.ca,
      PIPEGAUGE_PORT: "0",
    });

    const refused = await runProgram(["serve"], database(other));
    expect([refused.code, refused.stdout], refused.stderr).to.deep.equal([2, ""]);
    expect(refused.stderr).to.match(/^pipegauge: cannot use the database postgres:.*\n$/);
    const migrated = await runProgram(["migrate"], database(own));
    expect(migrated).to.include({ code: 0, stderr: "" });
  });

  it("copies out of it", async () => {
    const source = url(`sslmode=verify-full&sslrootcert=${own.ca}`);
    expect(await start(source)).to.equal(undefined);
    const log = { warn: () => undefined, error: () => undefined };
    const options = { batchRows: 100, onProgress: () => undefined };

    const urls = { from: source, to: `sqlite:${join(folder, "copy.db")}` };
    const copied = await copyLedger(urls, log, options);

    expect(copied.get("runs")).to.be.at.least(1);
  });

  it("names a file that cannot be used before anything is connected", () => {
    writeFileSync(join(folder, "text"), "no certificate");
    for (const [file, reason] of [
      [join(folder, "absent"), "cannot be read: ENOENT"],
      [join(folder, "text"), "holds no certificate in PEM form"],
    ] as const) {
      const env = { PIPEGAUGE_DATABASE_URL: url("sslmode=verify-full"), PIPEGAUGE_DATABASE_CA_FILE: file };
      expect(listFaults(env)).to.deep.equal([`the database URL cannot be used: sslrootcert: ${file} ${reason}`]);
    }
  });
});
