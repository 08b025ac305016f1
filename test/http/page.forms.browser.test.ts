import { expect } from "chai";
import { startChromium, type Browser } from "../support/browser/chromium.ts";
import { keepPicture } from "../support/browser/pictures.ts";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

describe("forms of the page in a real browser", function () {
  this.timeout(120_000);
  const start = testServers();
  let browser: Browser;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
  });
  after(async () => browser?.close());

  it("sign a reader in, lead to the view that was asked for, and out again", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "the-token-of-the-page" } });
    const page = await browser.open(`${server.url}/ui/runs?project=a%2Fb`);
    const submit = (token: string) =>
      page.evaluate(
        `document.querySelector("input[name=token]").value = ${JSON.stringify(token)}; document.querySelector("main form button").click()`,
      );
    expect(await page.evaluate("document.title")).to.equal("Sign in – Pipegauge");

    await submit("wrong");
    await page.handle.waitForSelector("[role=alert]");
    await keepPicture(page, "sign-in");
    await submit("the-token-of-the-page");

    await page.handle.waitForURL(`${server.url}/ui/runs?project=a%2Fb`);
    expect(await page.evaluate("document.title")).to.equal("Runs – Pipegauge");
    expect(await page.evaluate("document.cookie"), "what scripts can read").to.equal("");
    await page.evaluate("document.querySelector('footer form button').click()");
    await page.handle.waitForURL(`${server.url}/ui/login*`);
    const again = await browser.open(`${server.url}/ui/`);
    expect(await again.evaluate("document.title")).to.equal("Sign in – Pipegauge");
    const refused = page.console.filter((line) => !line.includes("401 (Unauthorized)"));
    expect(refused, "what the policy refused").to.deep.equal([]);
  });

  it("replay a dead letter, and the view says what came of it", async () => {
    const server = await start();
    await server.deliver("gitlab", `{"object_kind": "pipeline", "note": "<script>window.struck = 1</script>"`);
    await server.deliver("gitlab", { object_kind: "push" });
    await server.deliver("gitlab", pipelineHook("success", [unit]));
    const sources = await browser.open(`${server.url}/ui/sources`);
    await keepPicture(sources, "sources");
    const page = await browser.open(`${server.url}/ui/deliveries/1`);
    await keepPicture(page, "delivery");

    await page.evaluate("document.querySelector('main form button').click()");

    await page.handle.waitForURL(`${server.url}/ui/deliveries/1?replayed=dead_letter`);
    const message = await page.evaluate("document.querySelector('[role=status]').textContent");
    expect(message).to.include("still not understood");
    expect(await page.evaluate("window.struck ?? 0")).to.equal(0);
    expect([...page.console, ...sources.console, ...(await page.violations())]).to.deep.equal([]);
    const run = await browser.open(`${server.url}/ui/runs/1`, { width: 390 });
    await keepPicture(run, "run-phone");
    expect(await run.evaluate("document.documentElement.scrollWidth"), "no sideways scroll").to.equal(390);
  });
});
