import { expect } from "chai";
import { join } from "node:path";
import { startChromium, type Browser, type OpenPage } from "../support/browser/chromium.ts";
import { expectHarmless } from "../support/browser/harmless.ts";
import { keepPicture } from "../support/browser/pictures.ts";
import { freshFolder } from "../support/folder.ts";
import { pipelineHook } from "../support/payloads/gitlab.ts";
import { startProcess, type Body, type TestProcess } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

const secret = "the-right-secret-of-the-source";
const token = "the-token-of-the-page";
const pipelineUrl = "https://gitlab.example.com/team/shop/-/pipelines/700";

/** A pipeline that failed a minute ago, by one of its jobs. */
function createFailure() {
  const [began, ended] = [120_000, 60_000].map((ago) => new Date(Date.now() - ago).toISOString());
  const more = { created_at: began, started_at: began, finished_at: ended };
  const jobs = [
    { id: 1, name: "lint", status: "success", more },
    { id: 2, name: "unit", status: "failed", reason: "script_failure", more },
  ];
  return pipelineHook("failed", jobs, { ...more, duration: 60, queued_duration: 2 });
}

describe("a newcomer's path", function () {
  this.timeout(120_000);
  const folder = freshFolder();
  let browser: Browser;
  let program: TestProcess | undefined;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
  });
  after(async () => browser?.close());
  afterEach(async () => program?.end());

  it("leads from a wrong secret over the first run to the job that failed and to the CI system", async () => {
    const server = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      PIPEGAUGE_GITLAB_SECRET: secret,
      PIPEGAUGE_API_TOKEN: token,
    });
    program = server;
    const { url } = server;
    const deliver = async (body: Body, given: string) =>
      (await server.deliver("gitlab", body, { "x-gitlab-token": given })).status;
    const page = await browser.open(`${url}/`);
    await page.handle.fill("input[name=token]", token);
    await page.handle.press("input[name=token]", "Enter");
    await page.handle.waitForURL(`${url}/ui/`);
    expect(await readSteps(page)).to.deep.equal(["done", "to do", "to do"]);

    expect(await deliver(createFailure(), "wrong")).to.equal(401);
    await page.show(`${url}/ui/`);
    expect(await readSteps(page)).to.deep.equal(["done", "to do", "to do"]);
    expect(await readText(page, "table:has(caption:text('Refused deliveries'))")).to.include(
      "X-Gitlab-Token is not the secret of this source",
    );
    await keepPicture(page, "newcomer-refused");

    // What GitLab's button "Test" sends.
    const push = { object_kind: "push", project: { path_with_namespace: "team/shop" } };
    expect(await deliver(push, secret)).to.be.oneOf([200, 202]);
    await page.show(`${url}/ui/`);
    expect(await readSteps(page)).to.deep.equal(["done", "done", "to do"]);
    await keepPicture(page, "newcomer-first-delivery");

    expect(await deliver(createFailure(), secret)).to.equal(202);
    await page.show(`${url}/ui/`);
    expect(await readSteps(page), "the steps after the first run").to.deep.equal([]);
    await expectHarmless(page, url);
    await keepPicture(page, "newcomer-first-run");

    await page.handle.click("section[aria-labelledby=failures] a[href^='runs/']");
    await page.handle.waitForURL(`${url}/ui/runs/*`);
    const failed = "section[aria-labelledby=failed]";
    expect(await readText(page, failed))
      .to.include("unit")
      .and.to.include("script_failure");
    expect(await readText(page, failed)).to.not.include("lint");
    const links = await page.evaluate<string[]>("[...document.querySelectorAll('main a')].map((link) => link.href)");
    expect(links).to.include(pipelineUrl).and.to.include("https://gitlab.example.com/team/shop/-/jobs/2");
    await expectHarmless(page, url);
    await keepPicture(page, "newcomer-failed-job");
  });
});

/** What the first steps say of themselves; none where they are not shown. */
async function readSteps(page: OpenPage): Promise<readonly string[]> {
  const badges = await page.handle.locator("ol.steps > li > .badge").allTextContents();
  return badges.map((text) => text.replace("✓", "").trim());
}

async function readText(page: OpenPage, selector: string): Promise<string> {
  return (await page.handle.locator(selector).first().textContent()) ?? "";
}
