import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AppError } from "../../src/core/errors.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { readPage } from "../support/markdown.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers, type Answer, type TestServer } from "../support/server/server.ts";

const page = readPage("docs/troubleshooting.md");
const rows = page.split("\n").filter((line) => line.startsWith("| "));
const run = pipelineHook("success", [unit], over("10:05", 240));

/** The row of the table of answers that is about one of them. */
function findRow(status: number, words: string): string {
  return rows.find((row) => row.startsWith(`| ${status} |`) && row.includes(words)) ?? "";
}

describe("docs/troubleshooting.md", () => {
  const start = testServers();
  const folder = freshFolder();
  const secret = { "x-gitlab-token": "s" };
  const server = () => start({ env: { PIPEGAUGE_GITLAB_SECRET: "s", PIPEGAUGE_BODY_MAX_BYTES: "4096" } });

  interface Case {
    readonly name: string;
    readonly status: number;
    /** In the body, and in the table's row. */
    readonly words: string;
    readonly outcome?: string;
    readonly logged?: string;
    readonly send: (server: TestServer) => Promise<Answer>;
  }
  const cases: readonly Case[] = [
    {
      name: "accepted",
      status: 202,
      words: '{"status":"accepted"',
      outcome: "accepted",
      logged: "delivery",
      send: (to) => to.deliver("gitlab", run, secret),
    },
    {
      name: "a dead letter",
      status: 202,
      words: '{"status":"dead_letter"',
      outcome: "dead_letter",
      logged: "delivery",
      send: (to) => to.deliver("gitlab", "{", secret),
    },
    {
      name: "ignored",
      status: 200,
      words: '{"status":"ignored"',
      outcome: "ignored",
      logged: "delivery",
      send: (to) => to.deliver("gitlab", { object_kind: "push" }, secret),
    },
    {
      name: "a duplicate",
      status: 200,
      words: '{"status":"duplicate"',
      outcome: "duplicate",
      logged: "delivery",
      async send(to) {
        await to.deliver("gitlab", run, { ...secret, "idempotency-key": "1" });
        return to.deliver("gitlab", run, { ...secret, "idempotency-key": "1" });
      },
    },
    {
      name: "a wrong secret",
      status: 401,
      words: "the secret is missing or wrong",
      outcome: "unauthorized",
      logged: "delivery refused: unauthorized",
      send: (to) => to.deliver("gitlab", run, { "x-gitlab-token": "t" }),
    },
    {
      name: "a source without a secret beside one that has one",
      status: 401,
      words: "source has no secret and accepts no deliveries: set a secret",
      outcome: "unauthorized",
      logged: "delivery refused: unauthorized",
      send: (to) => to.deliver("jenkins", "{}", { "x-forwarded-for": "192.0.2.1" }),
    },
    {
      name: "for an unknown source",
      status: 404,
      words: "unknown source",
      send: (to) => to.deliver("gitlap", run),
    },
    {
      name: "too large",
      status: 413,
      words: "",
      outcome: "too_large",
      send: (to) => to.deliver("gitlab", "x".repeat(5000), secret),
    },
    {
      name: "compressed",
      status: 415,
      words: "",
      outcome: "unsupported",
      send: (to) => to.deliver("gitlab", gzipSync("{}"), { ...secret, "content-encoding": "gzip" }),
    },
  ];

  for (const { name, status, words, outcome, logged, send } of cases) {
    it(`tells status, words, outcome and log line of what is ${name}`, async () => {
      const to = await server();

      const answer = await send(to);

      expect(answer.status).to.equal(status);
      expect(answer.text).to.include(words);
      const row = findRow(status, outcome === undefined ? words : `\`${outcome}\``);
      expect(findRow(status, words) || row, "a row of the table").to.include(words);
      if (outcome === undefined) return;
      expect(findRow(status, words === "" ? outcome : words)).to.include(`\`${outcome}\``);
      expect((await to.scrape()).total("pipegauge_deliveries_total", { outcome })).to.be.above(0);
      if (logged === undefined) return;
      expect(to.logged().map(({ msg }) => msg)).to.include(logged);
      expect(findRow(status, words)).to.include(`\`"msg":"${logged}"\``);
    });
  }

  it("describes a source without a secret, in a trial, for another host", async () => {
    const { status, json } = await (await start()).deliver("jenkins", "{}", { "x-forwarded-for": "192.0.2.1" });

    expect(status).to.equal(401);
    expect(findRow(401, String(json["error"]))).to.include(String(json["error"]));
  });

  it("describes a sender that is refused again and again", async () => {
    const to = await server();
    // More than a hundred at once; on a slow machine some are forgotten before the last one.
    const refuse = () => to.deliver("gitlab", run, { "x-gitlab-token": "t" });
    let answer = await refuse();
    for (let i = 0; i < 2000 && answer.status === 401; i++) answer = await refuse();

    expect(answer.status).to.equal(429);
    expect(findRow(429, String(answer.json["error"]))).to.include("`unauthorized`");
  });

  it("tells what happens when nothing can be stored", async () => {
    const to = await start({ env: { PIPEGAUGE_GITLAB_SECRET: "s" }, tuning: { timeoutMillis: 100 } });
    alterDatabase(to.file, "alter table deliveries rename to gone");

    const answer = await to.deliver("gitlab", run, secret);

    expect(answer.status).to.equal(503);
    expect(findRow(503, "`unavailable`")).to.include('`"msg":"request failed"`');
    expect(to.logged().map(({ msg }) => msg)).to.include.members(["request failed", "deliveries could not be written"]);
    expect(page).to.include('`"msg":"deliveries could not be written"`');
  });

  it("quotes the first lines of a server that listens to its own host", async () => {
    const to = await start({ env: { PIPEGAUGE_HOST: "127.0.0.1" } });
    const { stdout } = await runProgram(
      [],
      { PIPEGAUGE_PORT: "0", PIPEGAUGE_DATABASE_URL: `sqlite:${to.file}` },
      (text, program) => {
        if (text.includes('"listening"')) program.kill("SIGTERM");
      },
    );

    for (const line of [
      '"msg":"listening"',
      '"host":"127.0.0.1"',
      '"msg":"sources without a secret accept deliveries from this host only"',
    ]) {
      expect(stdout).to.include(line);
      expect(page).to.include(`\`${line}\``);
    }
  });

  it("tells the bodies of /readyz", async () => {
    const to = await start();
    expect((await to.request("/readyz")).text).to.equal('{"status":"ready"}');
    expect(page).to.include('`{"status":"ready"}`');
    for (const [, body = ""] of page.matchAll(/\| `(\{"status":"(?:stopping|not ready).*?\})` \|/g)) JSON.parse(body);
    let lookedElsewhere = (): void => undefined;
    const stopping = to.stop(new Promise<void>((resolve) => (lookedElsewhere = resolve)));

    expect(page).to.include(`| \`${(await to.request("/readyz")).text}\` |`);
    lookedElsewhere();
    await stopping;
  });

  const ends: readonly (readonly [number, string, Readonly<Record<string, string>>])[] = [
    [2, "is not a setting: did you mean", { PIPEGAUGE_HOTS: "x" }],
    [2, "is on a network, but no source has a secret", { PIPEGAUGE_HOST: "0.0.0.0" }],
    [2, "cannot be read", { PIPEGAUGE_GITLAB_SECRET_FILE: "/nowhere" }],
    [2, "are both set: remove one of them", { PIPEGAUGE_PORT: "1", PIPEGAUGE_PORT_FILE: "/nowhere" }],
    [2, "cannot use the database", { PIPEGAUGE_DATABASE_URL: "sqlite:/dev/null/ci.db" }],
    [2, "cannot listen on", { PIPEGAUGE_PORT: "taken" }],
  ];
  for (const [code, words, env] of ends) {
    it(`tells what "${words}" means`, async () => {
      const to = await start();
      const file = join(folder(), "x.db");
      writeFileSync(file, "");
      const variables: Record<string, string> = { PIPEGAUGE_DATABASE_URL: `sqlite:${file}`, ...env };
      if (env["PIPEGAUGE_PORT"] === "taken") variables["PIPEGAUGE_PORT"] = String(to.port);

      const refusal = await start({ env: variables }).then(
        () => "it started",
        (error: unknown) => error,
      );

      // Which code the program ends with is `src/main.ts`' part: 2 for what is wrong with settings.
      expect(refusal).to.be.instanceOf(AppError).with.property("code", "config");
      expect((refusal as AppError).message).to.include(words);
      expect(page).to.include(`| ${code} | \`${words}\` |`);
    });
  }
});
