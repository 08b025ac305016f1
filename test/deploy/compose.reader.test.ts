import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { requireTool } from "../support/tools.ts";
import { root } from "./dockerfile.ts";

for (const database of databases.filter(({ engine }) => engine === "postgres")) {
  describe(`docker-compose.yml: Grafana's user on ${database.name}`, () => {
    const { url } = sandbox(database);
    const folder = freshFolder();
    const role = "grafana_reader";

    it("reads everything and writes nothing", async function () {
      requireTool.call(this, "psql");
      const address = new URL(await url());
      const admin = new Client({ connectionString: address.href });
      await admin.connect();
      await admin.query(`drop role if exists ${role}`);
      const password = join(folder(), "password");
      writeFileSync(password, "it's a secret");
      const env = {
        PATH: process.env["PATH"] ?? "",
        PGHOST: address.hostname,
        PGPORT: address.port,
        PGPASSWORD: address.password,
        POSTGRES_USER: address.username,
        POSTGRES_DB: address.pathname.slice(1),
        READER_PASSWORD_FILE: password,
      };
      try {
        execFileSync("sh", [`${root}deploy/compose/postgres/reader.sh`], { env });

        const client = { host: address.hostname, port: Number(address.port), database: address.pathname.slice(1) };
        const reader = new Client({ ...client, user: role, password: "it's a secret" });
        await reader.connect();
        expect((await reader.query("select count(*)::int as runs from runs")).rows).to.deep.equal([{ runs: 0 }]);
        for (const statement of ["delete from runs", "create table x (a int)", "begin read write; delete from runs"]) {
          const refused = await reader.query(statement).then(
            () => "done",
            (error: unknown) => String(error),
          );
          expect(refused, statement).to.match(/read-only transaction|permission denied/);
        }
        await reader.end();
      } finally {
        await admin.query(`drop role if exists ${role}`);
        await admin.end();
      }
    });
  });
}
