import { expect } from "chai";
import { readdirSync } from "node:fs";
import { listImports, readSources, storeFaces, violations } from "./support/architecture.ts";
import { longFiles } from "./support/long-files.ts";
import { misnamedFunctions } from "./support/function-names.ts";

const sources = readSources("src");

describe("architecture", () => {
  it("is read from the files that are there", () => {
    const folder = new URL("../src", import.meta.url);
    const all = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".ts"));

    expect(readSources("src").size).to.equal(all.length).and.to.be.above(80);
    for (const file of [
      "src/main.ts",
      "src/core/merge.ts",
      "src/core/store/record/record-batch.ts",
      "src/adapters/gitlab/parse.ts",
    ]) {
      expect(sources.get(file), file).to.be.a("string");
    }
    const imports = [...sources].flatMap(([file, source]) => listImports(file, source));
    expect(imports).to.have.length.above(400);
    for (const name of ["koa", "knex", "pg", "better-sqlite3", "prom-client", "pino", "src/core/model.ts"]) {
      expect(imports).to.include(name);
    }
  });

  it("is what the design says", () => {
    expect(violations(sources)).to.deep.equal([]);
  });

  it("has no file of tests or measurements that is longer than the program's may be", () => {
    for (const folder of ["test", "bench"]) expect(longFiles(readSources(folder))).to.deep.equal([]);
  });

  it("has no function that is named …Of: a name is a verb and an object", () => {
    const named = ["src", "test", "bench", "helm"].flatMap((folder) => misnamedFunctions(readSources(folder)));
    expect(named).to.deep.equal([]);

    const planted = [
      "function NAME(hook: Hook): string {",
      "export async function NAME<T>(",
      "const NAME = (hook: Hook) => hook.name;",
      "const NAME = async <T>(hook: Hook): Promise<T> => {",
      "const NAME = hook => hook.name;",
      "groupBy(runs: Run[], NAME: (run: Run) => string)",
      "  NAME(hook) {",
    ];
    for (const line of planted)
      expect(misnamedFunctions(new Map([["new.ts", line.replace("NAME", "pipelineOf")]])), line).to.have.length(1);
    for (const line of [
      "const restartOf = run.parent;",
      "restartOf: string;",
      "export function isOneOf(given: string) {",
    ])
      expect(misnamedFunctions(new Map([["new.ts", line]])), line).to.deep.equal([]);
  });

  it("imports only files that exist", () => {
    const missing = [...sources].flatMap(([file, source]) =>
      listImports(file, source)
        .filter((name) => name.startsWith("src/") && !sources.has(name))
        .map((name) => `${file}: ${name}`),
    );

    expect(missing).to.deep.equal([]);
  });

  it("has a store of which others import its two faces alone, and core nothing", () => {
    const isStore = (file: string) => file.startsWith("src/core/store/");
    const imported = (isImporter: (file: string) => boolean) =>
      [...sources].flatMap(([file, source]) => (isImporter(file) ? listImports(file, source).filter(isStore) : []));

    const outside = new Set(imported((file) => !isStore(file)));
    expect([...outside].toSorted())
      .to.deep.equal([...storeFaces].toSorted())
      .and.to.have.length(2);
    expect(imported((file) => file.startsWith("src/core/") && !isStore(file))).to.deep.equal([]);
  });

  it("uses prom-client in exactly one file besides the SDK", () => {
    const users = [...sources].filter(([file, source]) => listImports(file, source).includes("prom-client"));
    const others = users.map(([file]) => file).filter((file) => !file.startsWith("src/sdk/"));

    expect(others).to.have.length(1);
    expect(others[0]).to.match(/^src\/metrics\//);
    expect(users).to.have.length.above(1);
  });
});

describe("architecture: a violation", () => {
  const planted: readonly (readonly [file: string, source: string, problem: RegExp])[] = [
    [
      "src/core/new.ts",
      'import { openStore } from "./store/index.ts";',
      /core\) must not import src\/core\/store\/index\.ts/,
    ],
    ["src/core/new.ts", 'import type { Log } from "../log.ts";', /must not import src\/log\.ts/],
    ["src/core/new.ts", 'import { readFileSync } from "node:fs";', /must be pure/],
    ["src/core/new.ts", "const at = Date.now();", /clock/],
    ["src/core/new.ts", 'export {\n  parse,\n} from "../adapters/json.ts";', /must not import src\/adapters\/json\.ts/],
    ["src/core/store/new.ts", 'import { render } from "../../metrics/exposition.ts";', /must not import src\/metrics/],
    ["src/core/store/db/new.ts", 'import { lockRuns } from "../record/runs.ts";', /must not import .*record\/runs\.ts/],
    ["src/core/store/record/new.ts", 'import { openStore } from "../index.ts";', /must not import .*store\/index\.ts/],
    [
      "src/core/store/read/new.ts",
      'import { lockRuns } from "../record/runs.ts";',
      /must not import .*record\/runs\.ts/,
    ],
    [
      "src/core/store/record/new.ts",
      'import { groupTries } from "../../../answers/tries.ts";',
      /core\/store\) must not import src\/answers\/tries\.ts/,
    ],
    ["src/core/new.ts", 'import { groupTries } from "../answers/tries.ts";', /must not import src\/answers\/tries\.ts/],
    ["src/answers/new.ts", 'import { openStore } from "../core/store/index.ts";', /answers\) must not import/],
    ["src/answers/new.ts", 'import type { Page } from "../core/store/read/types.ts";', /answers\) must not import/],
    ["src/answers/new.ts", 'import { readFileSync } from "node:fs";', /must be pure/],
    ["src/answers/new.ts", "const at = Date.now();", /clock/],
    ["src/core/store/new/new.ts", "", /belongs to no folder of the store/],
    ["src/config/new.ts", 'import { connect } from "../core/store/db/connect.ts";', /settings\) must not import/],
    ["src/http/new.ts", 'import { toRows } from "../core/store/db/transaction.ts";', /http\) must not import/],
    ["src/core/store/new.ts", 'await trx.query("delete from rollups where id = 1");', /deletes totals/],
    ["src/core/store/new.ts", 'await knex("rollups").where({ id }).del();', /deletes totals/],
    [
      "src/adapters/gitlab/new.ts",
      'import { verify } from "../github/verify.ts";',
      /adapters\/gitlab\) must not import/,
    ],
    [
      "src/adapters/gitlab/new.ts",
      'import { adapters } from "../index.ts";',
      /must not import src\/adapters\/index\.ts/,
    ],
    ["src/adapters/gitlab/new.ts", 'import "../../core/store/index.ts";', /must not import src\/core\/store/],
    ["src/adapters/gitlab/new.ts", 'const { get } = await import("node:http");', /must be pure/],
    ["src/adapters/shared.ts", 'import { parse } from "./gitlab/parse.ts";', /must not import src\/adapters\/gitlab/],
    [
      "src/adapters/index.ts",
      'import { parse } from "./gitlab/parse.ts";',
      /must not import src\/adapters\/gitlab\/parse\.ts/,
    ],
    [
      "src/metrics/new.ts",
      'import { readSnapshot } from "../core/store/scrape/snapshot.ts";',
      /metrics\) must not import/,
    ],
    ["src/metrics/new.ts", 'import client from "prom-client";', /prom-client is in .* and src\/metrics\/new\.ts/],
    ["src/http/new.ts", 'import { serve } from "../commands/serve.ts";', /http\) must not import/],
    ["src/http/new.ts", 'import { parse } from "../adapters/gitlab/parse.ts";', /http\) must not import/],
    ["src/http/new.ts", 'import knex from "knex";', /must not import knex/],
    ["src/http/new.ts", 'const pg = require("pg");', /must not import pg/],
    ["src/http/new.ts", 'import { Client } from "pg/lib/client.js";', /must not import pg/],
    [
      "src/commands/new.ts",
      'import { connect } from "../core/store/db/connect.ts";',
      /must not import src\/core\/store\/db/,
    ],
    ["src/commands/new.ts", 'import Koa from "koa";', /must not import koa/],
    ["src/commands/new.ts", 'import "../main.ts";', /must not import src\/main\.ts/],
    ["src/http/new.ts", 'import leftPad from "left-pad";', /must not import left-pad/],
    ["src/http/new.ts", 'const port = process.env["PORT"];', /process\.env/],
    ["src/http/new.ts", "const { env } = process;", /process\.env/],
    ["src/http/new.ts", "export default {};", /default export/],
    ["src/http/new.ts", "const app = 1;\nexport { app as default };", /default export/],
    ["src/http/new.ts", "//\n".repeat(221), /221 lines/],
    ["src/somewhere/new.ts", "", /belongs to no area/],
  ];

  for (const [file, source, problem] of planted) {
    it(`is found: ${source.split("\n")[0]} in ${file}`, () => {
      const before = violations(sources);

      const found = violations(new Map([...sources, [file, source]])).filter((one) => !before.includes(one));

      expect(found).to.have.length(1);
      expect(found[0]).to.match(problem);
    });
  }

  it("is found: two files that import each other", () => {
    const circle = new Map([
      ["src/core/a.ts", 'import type { B } from "./b.ts";'],
      ["src/core/b.ts", 'import { a } from "./a.ts";'],
    ]);

    expect(violations(circle)).to.deep.equal(["import cycle: src/core/a.ts → src/core/b.ts → src/core/a.ts"]);
  });

  it("is not what is only spoken of", () => {
    const source = '/** Like `import knex from "knex"`. */\n// import "koa";\nexport const text = "from \\"pg\\"";\n';

    expect(violations(new Map([["src/http/new.ts", source]]))).to.deep.equal([]);
  });
});
