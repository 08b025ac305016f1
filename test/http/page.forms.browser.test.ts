import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChromium, type Browser, type OpenPage } from "../support/browser/chromium.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

describe("forms of the page in a real browser", function () {
  this.timeout(120_000);
  const start = testServers();
  let browser: Browser;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
  });
  after(async () => browser?.close());

  /** PIPEGAUGE's developers look at the pictures where they ask for them. */
  async function picture(page: OpenPage, name: string): Promise<void> {
    const folder = process.env["SCREENSHOTS"];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), await page.screenshot());
  }

  it("sign a reader in, lead to the view that was asked for, and out again", async () => {
    const server = await start({ env: { PIPEGAUGE_API_TOKEN: "the-token-of-the-page" } });
    const page = await browser.open(`${server.url}/ui/runs?project=a%2Fb`);
    const submit = (token: string) =>
      page.evaluate(
        `document.querySelector("input[name=token]").value = ${JSON.stringify(token)}; document.querySelector("main form button").click()`,
      );
    expect(await page.evaluate("document.title")).to.equal("Sign in – Pipegauge");

    await submit("wrong");
    await until(() => page.evaluate("document.querySelector('[role=alert]') !== null"), "the refusal");
    await picture(page, "sign-in");
    await submit("the-token-of-the-page");

    await until(async () => (await page.evaluate("document.title")) === "Runs – Pipegauge", "the view");
    expect(await page.evaluate("location.pathname + location.search")).to.equal("/ui/runs?project=a%2Fb");
    expect(await page.evaluate("document.cookie"), "what scripts can read").to.equal("");
    await page.evaluate("document.querySelector('footer form button').click()");
    await until(async () => (await page.evaluate("location.pathname")) === "/ui/login", "the form");
    const again = await browser.open(`${server.url}/ui/`);
    expect(await again.evaluate("document.title")).to.equal("Sign in – Pipegauge");
    const refused = page.console.filter((line) => !line.includes("401 (Unauthorized)"));
    expect(refused, "what the policy refused").to.deep.equal([]);
  });
});
