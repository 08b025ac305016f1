import { expect } from "chai";
import { startChromium, type Browser } from "../support/browser/chromium.ts";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const run = (id: number) => pipelineHook("success", [{ ...unit, id }], { id, iid: id });

describe("a view that refreshes itself, in a real browser", function () {
  this.timeout(60_000);
  const start = testServers();
  let browser: Browser;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
  });
  after(async () => browser?.close());

  it("shows what arrives, keeps what is being typed, and stops while it is paused", async () => {
    const server = await start();
    await server.deliver("gitlab", run(701));
    const page = await browser.open(`${server.url}/ui/runs?live=1`);
    const count = () => page.evaluate<number>("document.querySelectorAll('tbody tr').length");
    await until(async () => (await page.evaluate("document.getElementById('pause').hidden")) === false, "the script");
    expect(await count()).to.equal(1);
    await until(() => page.requests.some((url) => url.endsWith("/ui/events")), "a listener");

    await server.deliver("gitlab", run(702));
    await until(async () => (await count()) === 2, "the second run");

    await page.handle.fill("input[name=search]", "half a wo");
    await server.deliver("gitlab", run(703));
    expect(await page.handle.inputValue("input[name=search]")).to.equal("half a wo");
    await page.evaluate("document.activeElement.blur()");
    await until(async () => (await count()) === 3, "the third run, once the field is left");

    await page.handle.click("#pause");
    expect(await page.evaluate("document.getElementById('pause').textContent")).to.equal("Resume");
    await server.deliver("gitlab", run(704));
    await page.handle.click("#pause");
    await until(async () => (await count()) === 4, "the fourth run, once it goes on");
    expect([...page.console, ...(await page.violations())]).to.deep.equal([]);
  });
});
