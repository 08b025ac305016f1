import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jenkins } from "../../src/adapters/jenkins/index.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import type { Store } from "../../src/core/store/index.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { fixtureNow } from "../support/payloads/http-file.ts";
import { request } from "../support/payloads/jenkins.ts";

/** The query as people read it: what is tested is what is published. */
const page = readFileSync(join(import.meta.dirname, "../../docs/providers/jenkins.md"), "utf8");
const query = /## Rebuilds: a heuristic\n.*?```sql\n(.*?)```/s.exec(page)?.[1] ?? "";

interface Build {
  readonly job: string;
  readonly number: number;
  readonly status: string | undefined;
  readonly commit: string | undefined;
  readonly branch?: string;
}

const [red, green] = ["aaaa1111", "bbbb2222"];

/** Shop: a flaky commit, built until it passed. Cart: numbers that text would sort wrongly. Docs: nothing again. */
const builds: readonly Build[] = [
  { job: "job/shop/", number: 7, status: "FAILURE", commit: red },
  { job: "job/shop/", number: 8, status: "FAILURE", commit: red },
  { job: "job/shop/", number: 9, status: "SUCCESS", commit: red },
  { job: "job/shop/", number: 10, status: "SUCCESS", commit: green },
  { job: "job/cart/", number: 9, status: "SUCCESS", commit: red },
  { job: "job/cart/", number: 10, status: "UNSTABLE", commit: red },
  { job: "job/cart/", number: 11, status: undefined, commit: red },
  { job: "job/docs/", number: 1, status: "SUCCESS", commit: red },
  { job: "job/docs/", number: 2, status: "SUCCESS", commit: undefined },
  { job: "job/docs/", number: 3, status: "FAILURE", commit: undefined },
  { job: "job/docs/", number: 4, status: "SUCCESS", commit: red, branch: "origin/next" },
];

async function deliver(store: Store, build: Build, source: string): Promise<void> {
  const { job, number, status, commit, branch = "origin/main" } = build;
  const scm = commit === undefined ? {} : { branch, commit };
  const end = { phase: "COMPLETED", status, duration: 60_000 };
  const phase = status === undefined ? { phase: "STARTED", duration: 0 } : end;
  const timestamp = fixtureNow - 3_600_000 + number * 60_000;
  const body = { url: job, build: { url: `${job}${number}/`, number, timestamp, scm, ...phase } };
  await store.record([createSubmission(jenkins, request(JSON.stringify(body)), { source, keepBodies: false })]);
}

for (const database of databases) {
  describe(`rebuilds of Jenkins, guessed: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    it("are what the query in the documentation finds", async () => {
      const store = await open();
      for (const build of builds) await deliver(store, build, "jenkins");
      // The same path, number and commit on another Jenkins is no rebuild.
      await deliver(store, builds[3] as Build, "jenkins-two");

      const rows = toRows(await store.connection.knex.raw(query));

      expect(rows).to.deep.equal([
        { project: "cart", ref: "main", sha: red, builds: 3, rebuilds: 2, recovered: 0 },
        { project: "shop", ref: "main", sha: red, builds: 3, rebuilds: 2, recovered: 1 },
      ]);
    });

    it("are none where nothing was built", async () => {
      const store = await open();

      expect(toRows(await store.connection.knex.raw(query))).to.deep.equal([]);
    });
  });
}
