import { expect } from "chai";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { demo } from "../../src/commands/demo/demo.ts";
import { startChromium, type Browser, type OpenPage, type View } from "../support/browser/chromium.ts";
import { foldBlanks, readCells } from "../support/browser/cells.ts";
import { expectHarmless } from "../support/browser/harmless.ts";
import { keepPicture } from "../support/browser/pictures.ts";
import { hook, hostile, strike } from "../support/browser/hostile.ts";
import { faintTexts } from "../support/browser/contrast.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

type Json = Readonly<Record<string, unknown>>;

describe("the page in a real browser", function () {
  this.timeout(120_000);
  const start = testServers("shared");
  let browser: Browser | undefined;
  let server: TestServer;

  before(async function () {
    const binary = requireTool.call(this, "chromium");
    server = await start();
    browser = await startChromium(binary);
    await demo(["--url", server.url, "--runs", "120"], { write: () => undefined });
    for (const [i, name] of hostile.entries()) {
      expect((await server.deliver("gitlab", hook(name, i + 1))).status).to.equal(202);
      await server.deliver("gitlab", { object_kind: name });
      await server.deliver("gitlab", `{"object_kind": ${JSON.stringify(name)}`);
    }
  });
  after(async () => browser?.close());

  async function open(path: string, view?: View): Promise<OpenPage> {
    if (browser === undefined) throw new Error("there is no browser");
    return browser.open(server.url + path, view);
  }

  const expectOurs = (page: OpenPage) => expectHarmless(page, server.url);

  it("shows what the API returns, with any names in it, and none of them takes effect as markup", async () => {
    const { runs } = (await server.request("/api/v1/runs?limit=50")).json as { runs: readonly Json[] };
    const list = await open("/ui/runs");
    const shown = await readCells(list, "runs");
    expect(shown).to.have.length(runs.length).and.to.have.length(50);
    for (const [i, run] of runs.entries()) {
      const [pipeline = "", number = "", state = "", ref = ""] = shown[i] ?? [];
      expect(pipeline).to.include(foldBlanks(run["project"]).slice(0, 60));
      expect(number).to.include(foldBlanks(run["number"] ?? run["native_id"]).slice(0, 20));
      expect(state).to.include(String(run["result"] ?? run["state"]));
      expect(ref).to.include(foldBlanks(run["ref"] ?? "–").slice(0, 60));
    }
    const { deliveries } = (await server.request("/api/v1/deliveries?limit=12")).json as {
      deliveries: readonly Json[];
    };
    const sources = await open("/ui/sources");
    const listed = await readCells(sources, "deliveries");
    expect(listed.map(([source, outcome]) => [source, outcome])).to.deep.equal(
      deliveries.map(({ source, outcome }) => [source, String(outcome).replace("_", " ")]),
    );
    const { groups } = (await server.request("/api/v1/summary?sort=duration&limit=100")).json as {
      groups: readonly Json[];
    };
    const slowest = await open("/ui/pipelines?sort=duration");
    expect((await readCells(slowest, "pipelines")).map((row) => row[2])).to.deep.equal(
      groups.map(({ runs: count }) => String(count)),
    );
    const days = (await server.request("/api/v1/summary?by=day")).json as { groups: readonly Json[] };
    const today = await open("/ui/?branches=all");
    expect((await readCells(today, "trend")).map(([day, count]) => [day, count])).to.deep.equal(
      days.groups
        .map(({ day, runs: count }) => [String(day), String(count)] as const)
        .toSorted(([a], [b]) => b.localeCompare(a)),
    );
    for (const page of [list, sources, slowest, today]) await expectOurs(page);
  });

  it("stays harmless in its lists, with hostile words in the address itself", async () => {
    for (const name of hostile) {
      const text = name.slice(0, 1000).replaceAll("\u0000", "");
      const page = await open(`/ui/runs?${new URLSearchParams({ project: text }).toString()}`);
      await expectOurs(page);
      expect(await page.evaluate("document.querySelector('input[name=project]').value")).to.equal(
        text.replaceAll("\n", ""),
      );
    }
    for (const query of ["cursor=<script>x</script>", `result="><script>${strike}</script>`]) {
      const page = await open(`/ui/runs?${query}`);
      expect(await page.evaluate("window.struck ?? 0")).to.equal(0);
      expect(await page.evaluate("document.querySelectorAll('script').length")).to.equal(0);
    }
  });

  it("is laid out for a desk and for a phone, in the light and in the dark", async () => {
    const views: readonly (readonly [string, View])[] = [
      ["desk-light", { width: 1280, colours: "light" }],
      ["desk-dark", { width: 1280, colours: "dark" }],
      ["phone-light", { width: 390, colours: "light" }],
      ["phone-dark", { width: 390, colours: "dark" }],
    ];
    const backgrounds = new Set<string>();

    for (const [name, view] of views) {
      const page = await open("/ui/", view);
      backgrounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow, `${name} has to be moved sideways`).to.equal(0);
      await expectOurs(page);
      await keepPicture(page, name);
    }

    expect(backgrounds.size).to.equal(2);
  });

  it("shows every view without moving it sideways, harmless with any names, and with enough contrast", async () => {
    const { runs } = (await server.request("/api/v1/runs?limit=100")).json as { runs: readonly Json[] };
    const failed = runs.find(({ result }) => result === "failure");
    const strange = runs.find(({ project }) => hostile.includes(String(project)));
    const paths = [
      "",
      "sources",
      "runs",
      `runs/${String(failed?.["id"])}`,
      `runs/${String(strange?.["id"])}`,
      "pipelines",
      "pipelines/one",
      "jobs",
      "jobs/one",
      "runners",
      "waste",
      "compare",
    ];

    for (const path of paths) {
      for (const view of [
        { width: 1920, colours: "light" },
        { width: 390, colours: "dark" },
      ] as const) {
        const page = await open(`/ui/${path}`, view);
        expect(await page.evaluate("document.querySelector('h2').id"), path).to.not.equal("error");
        const sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        expect(await page.evaluate(sideways), `${path} has to be moved sideways`).to.equal(0);
        expect(await page.evaluate<string[]>(faintTexts), path).to.deep.equal([]);
        await expectOurs(page);
        await keepPicture(page, `${path.replaceAll("/", "-")}-${view.width}`);
      }
    }
  });

  it("can be read without seeing it: landmarks, headings, names and contrast", async () => {
    for (const colours of ["light", "dark"] as const) {
      const page = await open("/", { colours });
      const counts =
        "['main', 'header', 'footer', 'h1', 'html[lang]'].map((one) => document.querySelectorAll(one).length)";
      expect(await page.evaluate(counts)).to.deep.equal([1, 1, 1, 1, 1]);
      const names =
        "[...document.querySelectorAll('nav, section, [role=region]')].map((one) => one.getAttribute('aria-label') ?? document.getElementById(one.getAttribute('aria-labelledby')).textContent)";
      const landmarks = await page.evaluate<string[]>(names);
      expect(landmarks, "names of landmarks")
        .to.have.length.above(8)
        .and.deep.equal([...new Set(landmarks)]);
      const nameless = `[...document.querySelectorAll('section')].filter((one) => !document.getElementById(one.getAttribute('aria-labelledby'))).length
        + [...document.querySelectorAll('table')].filter((one) => !one.caption || one.querySelectorAll('thead th[scope=col]').length === 0).length
        + [...document.querySelectorAll('input, select')].filter((one) => one.labels.length === 0).length`;
      expect(await page.evaluate(nameless)).to.equal(0);
      expect(await page.evaluate("document.querySelectorAll('table').length")).to.be.above(4);
      expect(await page.evaluate<string[]>(faintTexts), colours).to.deep.equal([]);
    }
  });

  it("would find a page that is not harmless", async () => {
    const markup = `<script>${strike}; console.error("injected")</script><img src="http://127.0.0.2:9/x"><p onclick="no">`;
    const other = createServer((_, answer) => void answer.setHeader("content-type", "text/html").end(markup));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    if (browser === undefined) throw new Error("there is no browser");

    const page = await browser.open(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    other.close();

    expect(await page.evaluate("window.struck")).to.equal(1);
    expect(page.console.join()).to.include("injected");
    expect(page.requests).to.include("http://127.0.0.2:9/x");
  });

  it("shows a newcomer the first steps, and asks for a password where there is a token", async () => {
    const fresh = await start();
    const guarded = await start({ env: { PIPEGAUGE_API_TOKEN: "typed" } });
    if (browser === undefined) throw new Error("there is no browser");

    const first = await browser.open(`${fresh.url}/`);
    const authorization = `Basic ${Buffer.from("any:typed").toString("base64")}`;
    const typed = await browser.open(`${guarded.url}/`, { headers: { authorization } });

    expect(await first.evaluate("document.querySelector('#first').textContent")).to.equal("No deliveries yet");
    expect(first.console).to.deep.equal([]);
    await keepPicture(first, "first");
    expect(await typed.evaluate("document.querySelector('h1').textContent.trim()")).to.equal("Pipegauge");
    expect(typed.console).to.deep.equal([]);
  });
});
