import { expect } from "chai";
import { XMLValidator, XMLParser } from "fast-xml-parser";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const hostile = '=cmd|"/c calc"!A1,\u202E<b>';
const hourAgo = Date.now() - 3_600_000;
const time = (at: number) => new Date(at).toISOString();

/** Run `id` of a project: it waited, worked and ended as many seconds after each other as it says. */
function hook(
  id: number,
  project: string,
  status: "success" | "failed",
  [wait, work]: readonly [number, number],
): Json {
  const [created, started] = [hourAgo + id * 1000, hourAgo + id * 1000 + wait * 1000];
  return {
    ...pipelineHook(status, [{ ...unit, id, status }], {
      id,
      iid: id,
      name: id === 4 ? hostile : null,
      created_at: time(created),
      started_at: time(started),
      finished_at: time(started + work * 1000),
      duration: work,
      queued_duration: wait,
    }),
    project: { path_with_namespace: project, web_url: "https://gitlab.example.com", default_branch: "main" },
  };
}

const runs = [
  hook(1, "shop/cart", "success", [5, 300]),
  hook(2, "shop/Till", "failed", [60, 20]),
  hook(3, "search/index", "success", [1, 100]),
  hook(4, "shop/cart", "failed", [2, 600]),
];

async function listNumbers(server: TestServer, query: string): Promise<string[]> {
  const found: string[] = [];
  for (let path = `/api/v1/runs?${query}`; ; ) {
    const { status, json, headers } = await server.request(path);
    expect(status, path).to.equal(200);
    found.push(...(json["runs"] as readonly { number: string }[]).map(({ number }) => number));
    const next = /<(\?[^>]*)>; rel="next"/.exec(headers.get("link") ?? "")?.[1];
    if (next === undefined) return found;
    path = `/api/v1/runs${next}`;
  }
}

/** Rows and cells of a file as RFC 4180 describes them. */
function parseCsv(text: string): string[][] {
  const lines = text.match(/(?:"(?:[^"]|"")*"|[^"\r\n])*\r\n/g) ?? [];
  expect(lines.join("")).to.equal(text);
  return lines.map((line) =>
    [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
    ),
  );
}

for (const database of databases) {
  describe(`finding runs: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);
    let server: TestServer;
    beforeEach(async () => {
      server = await start({ databaseUrl: await box.url() });
      for (const run of runs) expect((await server.deliver("gitlab", run)).status).to.equal(202);
    });

    it("finds a part of a name, whatever the case, and nothing else", async () => {
      const cases: readonly (readonly [string, string[]])[] = [
        ["search=shop", ["4", "2", "1"]],
        ["search=TILL", ["2"]],
        ["search=till", ["2"]],
        ["search=%25", []],
        ["search=s", ["4", "3", "2", "1"]],
        ["search=art&project=shop%2Fcart", ["4", "1"]],
        ["search=till&project=shop%2Fcart", []],
        ["search=shop&result=success", ["1"]],
        ["search=shop&limit=1", ["4", "2", "1"]],
      ];

      for (const [query, numbers] of cases) expect(await listNumbers(server, query), query).to.deep.equal(numbers);
    });

    it("sorts by when they ended, how long they took and how long they waited, page by page", async () => {
      const cases: readonly (readonly [string, string[]])[] = [
        ["sort=seen", ["4", "3", "2", "1"]],
        ["sort=finished", ["4", "1", "3", "2"]],
        ["sort=duration", ["4", "1", "3", "2"]],
        ["sort=queue", ["2", "1", "4", "3"]],
        ["sort=queue&search=shop", ["2", "1", "4"]],
        ["sort=queue&until=2020-01-01", []],
      ];

      for (const [query, numbers] of cases)
        for (const limit of ["", "&limit=1", "&limit=3"])
          expect(await listNumbers(server, query + limit), query + limit).to.deep.equal(numbers);
      const { json } = await server.request("/api/v1/runs?sort=queue&limit=1");
      expect(json["truncated"]).to.equal(false);
      const other = await server.request(`/api/v1/runs?sort=duration&cursor=${String(json["next_cursor"])}`);
      expect([other.status, other.json["detail"]]).to.deep.equal([
        400,
        "cursor is invalid: pass next_cursor from the previous page unchanged",
      ]);
    });

    it("writes a file for a spreadsheet, in which no name is a formula", async () => {
      const { status, headers, text } = await server.request("/api/v1/runs?format=csv&sort=duration");
      const accepted = await server.request("/api/v1/runs?limit=2", { headers: { accept: "text/csv" } });

      expect([status, headers.get("content-type")]).to.deep.equal([200, "text/csv; charset=utf-8"]);
      expect(headers.get("vary")).to.match(/\bAccept\b(?!-)/);
      expect(headers.get("content-disposition")).to.include("runs.csv");
      const [names = [], ...rows] = parseCsv(text);
      const { json } = await server.request("/api/v1/runs?sort=duration");
      const listed = json["runs"] as readonly Json[];
      expect(names).to.deep.equal(Object.keys(listed[0] ?? {}));
      expect(rows.map((row) => row[names.indexOf("number")])).to.deep.equal(["4", "1", "3", "2"]);
      for (const [i, row] of rows.entries())
        for (const [j, name] of names.entries()) {
          const value = (listed[i]?.[name] ?? "") as string | number | boolean;
          expect(row[j], name).to.equal(name === "title" && value === hostile ? `'${hostile}` : String(value));
        }
      expect(parseCsv(accepted.text)).to.have.length(3);
      expect((await server.request("/api/v1/runs?format=csv&limit=50001")).status).to.equal(400);
      expect((await server.request("/api/v1/runs?format=xml")).status).to.equal(400);
    });

    it("offers the failures as a feed that stays the same until there is another", async () => {
      const { status, headers, text } = await server.request("/ui/failures.atom?search=shop");

      expect([status, headers.get("content-type")]).to.deep.equal([200, "application/atom+xml; charset=utf-8"]);
      expect(XMLValidator.validate(text)).to.equal(true);
      const { feed } = new XMLParser({ ignoreAttributes: false }).parse(text) as { feed: Json };
      expect(feed["@_xmlns"]).to.equal("http://www.w3.org/2005/Atom");
      const entries = feed["entry"] as readonly Json[];
      expect(entries.map(({ title }) => title)).to.deep.equal(["shop/cart 4: failure", "shop/Till 2: failure"]);
      const ids = [feed["id"], ...entries.map(({ id }) => id)].map(String);
      for (const id of ids)
        expect(id).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(new Set(ids)).to.have.length(3);
      for (const one of [feed, ...entries])
        expect(Date.parse(String(one["updated"]))).to.be.closeTo(Date.now(), 7_200_000);
      expect(feed["author"]).to.deep.equal({ name: "Pipegauge" });
      expect(text).to.include('href="runs/4"').and.include("=cmd|&quot;/c calc&quot;!A1").and.not.include("<b>");
      expect((await server.request("/ui/failures.atom?search=shop")).text).to.equal(text);
      expect((await server.request("/ui/failures.atom?sarch=shop")).text).to.include("did you mean search?");
    });

    it("has a control for each of it on the page", async () => {
      const { status, text } = await server.request("/ui/runs?search=shop&sort=queue");

      expect(status).to.equal(200);
      for (const name of [
        "search",
        "project",
        "pipeline",
        "ref",
        "sha",
        "source",
        "provider",
        "trigger",
        "since",
        "until",
      ])
        expect(text).to.include(`<input name="${name}"`);
      for (const name of ["result", "state", "ref_kind", "default_branch"])
        expect(text).to.include(`<select name="${name}"`);
      expect(text).to.include('<option value="shop/Till">').and.include('name="sort" value="queue"');
      expect(text).to.include('href="../api/v1/runs?search=shop&amp;sort=queue&amp;format=csv"');
      expect(text).to.include('href="failures.atom?search=shop"');
      expect(text).to.include('href="runs?search=shop&amp;sort=duration"');
      const numbers = [...text.matchAll(/<a href="runs\/\d+"><bdi>(\d+)/g)].map(([, number]) => number);
      expect(numbers).to.deep.equal(["2", "1", "4"]);
    });
  });
}

describe("a feed of failures", () => {
  const start = testServers();

  it("asks a feed reader for the token by Basic", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "the-token-of-the-page" } });
    const authorization = `Basic ${Buffer.from("me:the-token-of-the-page").toString("base64")}`;

    const refused = await server.request("/ui/failures.atom", { headers: { accept: "text/html" } });

    expect([refused.status, refused.headers.get("www-authenticate")]).to.deep.equal([
      401,
      'Bearer, Basic realm="Pipegauge", charset="UTF-8"',
    ]);
    expect((await server.request("/ui/failures.atom", { headers: { authorization } })).status).to.equal(200);
  });
});
