import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const recent = new Date(Date.now() - 3_600_000).toISOString();

function hook(id: number, status: "success" | "failed", project: string, attributes: Json = {}): Json {
  return {
    ...pipelineHook(status, [{ ...unit, id, status }], {
      ...over("10:05", 240),
      id,
      iid: id,
      created_at: recent,
      finished_at: recent,
      ...attributes,
    }),
    project: { path_with_namespace: project, web_url: "https://gitlab.example.com", default_branch: "main" },
  };
}

/** What people read, without tags. */
function toText(markup: string): string {
  return markup
    .replace(/<style.*?<\/style>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

/** One section of the page by the id of its heading. */
function getSection(markup: string, id: string): string {
  return new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
}

for (const database of databases) {
  describe(`GET /ui/: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    async function started(): Promise<TestServer> {
      return start({ databaseUrl: await box.url() });
    }

    it("tells a newcomer what to do, with addresses to paste", async () => {
      const server = await started();

      const { status, text, headers } = await server.request("/");

      expect(status).to.equal(200);
      expect(headers.get("content-type")).to.equal("text/html; charset=utf-8");
      expect(toText(getSection(text, "first")))
        .to.include("No deliveries yet")
        .and.include("pipegauge demo");
      const sources = getSection(text, "sources");
      for (const name of ["gitlab", "tekton", "jenkins", "github"])
        expect(sources).to.include(`${server.url}/webhooks/${name}`);
      expect(sources).to.include("<details open>");
      expect(toText(sources)).to.include("localhost only").and.include("Workflow runs");
    });

    it("lists runs and failures, each with why, and what became of deliveries", async () => {
      const server = await started();
      await server.deliver("gitlab", hook(1, "success", "shop/cart"));
      await server.deliver("gitlab", hook(2, "failed", "shop/till", { ref: "feature/x" }));
      await server.deliver("gitlab", { object_kind: "push" });
      await server.deliver("gitlab", "{");

      const { text } = await server.request("/ui/");
      const list = await server.request("/ui/runs");
      const about = await server.request("/ui/sources");

      expect(getSection(text, "first")).to.equal("");
      const runs = toText(getSection(list.text, "runs"));
      expect(runs).to.include("shop/cart").and.include("shop/till").and.include("feature/x").and.include("4 min");
      expect(runs.indexOf("shop/till"), "newest first").to.be.below(runs.indexOf("shop/cart"));
      const failures = toText(getSection(text, "failures"));
      expect(failures).to.include("shop/till").and.not.include("shop/cart");
      const slowest = await server.request("/ui/pipelines?sort=duration");
      expect(toText(getSection(slowest.text, "pipelines"))).to.match(
        /shop\/cart .* 0 100 % success 4 min p50 4 min, p95 4 min/,
      );
      expect(toText(getSection((await server.request("/ui/?branches=all")).text, "trend")))
        .to.include(recent.slice(0, 10))
        .and.include("50 %");
      const deliveries = toText(getSection(about.text, "deliveries"));
      expect(deliveries).to.include("dead letter").and.include("ignored").and.include("push").and.include("accepted");
      expect(toText(getSection(about.text, "sources"))).to.match(/gitlab just now .* 1 http/);
    });

    it("lists the runs that fit a filter, and leads to older ones until there are none", async () => {
      const server = await started();
      for (let id = 1; id <= 120; id++)
        await server.deliver("gitlab", hook(id, id % 2 === 0 ? "success" : "failed", "a&b/c"));
      await server.deliver("gitlab", hook(200, "success", "other/one"));

      let path = `/ui/runs?${new URLSearchParams({ project: "a&b/c", pipeline: "", result: "" }).toString()}`;
      const numbers: number[] = [];
      for (let pages = 1; path !== ""; pages++) {
        const { status, text } = await server.request(path);
        expect(status).to.equal(200);
        // The field suggests every project.
        const listed = text.replace(/<datalist.*?<\/datalist>/s, "");
        expect(listed).to.include('value="a&amp;b/c"').and.not.include("other/one");
        const runs = getSection(text, "runs");
        numbers.push(...[...runs.matchAll(/<a href="runs\/\d+"><bdi>(\d+)/g)].map(([, number]) => Number(number)));
        path = (/<a href="(runs\?[^"]*)" rel="next"/.exec(runs)?.[1] ?? "")
          .replaceAll("&amp;", "&")
          .replace(/^(?=.)/, "/ui/");
        expect(pages).to.be.below(5);
      }
      const failed = await server.request("/ui/runs?result=failure,error,timeout&project=a%26b%2Fc");

      expect(numbers).to.deep.equal(Array.from({ length: 120 }, (_, i) => 120 - i));
      expect(failed.text).to.include('value="failure,error,timeout" selected');
      expect(toText(getSection(failed.text, "runs")).match(/✗ failure/g)).to.have.length(50);
      expect(toText(getSection((await server.request("/ui/runs?project=nowhere")).text, "runs"))).to.include(
        "No runs found",
      );
    });
  });
}

describe("the page", () => {
  const start = testServers("shared");
  let server: TestServer;
  before(async () => {
    server = await start();
  });

  it("lets nothing be run, framed, sent elsewhere or kept", async () => {
    const { headers } = await server.request("/");

    const policy = headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).to.have.members([
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    expect(headers.get("x-content-type-options")).to.equal("nosniff");
    expect(headers.get("referrer-policy")).to.equal("same-origin");
    expect(headers.get("cache-control")).to.equal("no-store");
    expect(headers.get("set-cookie")).to.equal(null);
  });

  it("names nothing that lies elsewhere, and needs no script", async () => {
    const { text } = await server.request("/");

    expect(text).to.not.match(/<script|\son\w+=|style=|javascript:/i);
    const addresses = [...text.matchAll(/\s(?:href|src|action)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(addresses.length).to.be.above(5);
    for (const address of addresses) expect(address).to.match(/^(\.\/$|#main$|(?:\.\.\/)?[a-z0-9][a-z0-9./-]*(\?|$))/);
    for (const address of addresses.filter((one) => /\.(css|svg)$/.test(one))) {
      const { status, headers } = await server.request(new URL(address, "http://page/ui/").pathname);
      expect(status, address).to.equal(200);
      expect(headers.get("content-type")).to.match(/^(text\/css|image\/svg\+xml)/);
    }
  });

  it("shows an error while the database cannot be read", async () => {
    const broken = await start();
    alterDatabase(broken.file, "alter table deliveries rename to away");

    const { status, text, headers } = await broken.request("/");

    expect([status, headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect(toText(text)).to.include("try again");
    expect(text).to.not.match(/sqlite|no such table/i);
  });

  it("shows an address only if that of the request is valid, and https where a proxy's header has it", async () => {
    const page = async (headers: Record<string, string>) => {
      const open = await start({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });
      return (await open.request("/", { headers })).text;
    };

    expect(await page({ "x-forwarded-proto": "https" })).to.include("<code>https://127.0.0.1:");
    expect(await page({ "x-forwarded-proto": "javascript" })).to.include("<code>http://127.0.0.1:");
  });
});
