import { expect } from "chai";
import { emptyPage, startChromium, type Browser, type OpenPage } from "../support/browser/chromium.ts";
import { walkByKeyboard } from "../support/browser/keyboard.ts";
import { requireTool } from "../support/tools.ts";
import { openPlace, type Place } from "./states.ts";
import { listedViews } from "./views.ts";

describe("every view by keyboard alone", function () {
  this.timeout(180_000);
  let browser: Browser;
  let place: Place;
  let page: OpenPage;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
    place = await openPlace("60 days of the demo");
    page = await browser.open(emptyPage);
  });
  after(async () => browser?.close());

  const show = async (address: string | undefined) => page.show(`${place.server.url}/ui/${address}`);

  for (const { name, address } of listedViews) {
    it(`reaches everything in ${name}, with a focus that can be seen`, async () => {
      await show(address(place.examples));

      const { missed, unseen, count } = await walkByKeyboard(page);

      expect(missed, "never had the focus").to.deep.equal([]);
      expect(unseen, "had the focus, and nothing showed it").to.deep.equal([]);
      expect(count).to.be.above(5);
    });
  }

  it("skips the navigation by the first link", async () => {
    for (const { address } of listedViews) {
      await show(address(place.examples));

      // The form to sign in has the focus at once.
      if (await page.evaluate("document.querySelector('main').contains(document.activeElement)")) continue;
      await page.handle.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).to.equal("Skip to content");
      await page.handle.keyboard.press("Enter");
      await page.handle.keyboard.press("Tab");

      expect(await page.evaluate("document.querySelector('main').contains(document.activeElement)")).to.equal(true);
    }
  });

  it("would find what cannot be reached, and a focus that cannot be seen", async () => {
    // Not within the policy of a view.
    await page.handle.goto(emptyPage);
    await page.handle.setContent(
      `<style>a { outline: none }</style><a href="#a">a</a><button tabindex="0">b</button><a href="#c" inert>c</a>`,
    );

    const { missed, unseen, count } = await walkByKeyboard(page);

    expect(missed).to.deep.equal(['<a href="#c" inert="">c</a>']);
    expect(unseen).to.deep.equal(['<a href="#a">a</a>']);
    expect(count).to.equal(2);
  });
});
