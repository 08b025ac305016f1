import { expect } from "chai";
import { gzipSync } from "node:zlib";
import { findAxeFaults } from "../support/browser/axe.ts";
import { emptyPage, startChromium, type Browser, type OpenPage } from "../support/browser/chromium.ts";
import { expectHarmless } from "../support/browser/harmless.ts";
import { keepPicture } from "../support/browser/pictures.ts";
import { findSideways } from "../support/browser/sideways.ts";
import { requireTool } from "../support/tools.ts";
import { openPlace, states, type Place, type State } from "./states.ts";
import { listedViews } from "./views.ts";

/** Of a response as it is sent, compressed. */
const bytesMax = 100_000;
type Colours = "light" | "dark";
const looks: readonly (readonly [Colours, number])[] = [
  ["light", 1280],
  ["dark", 1920],
  ["light", 390],
  ["dark", 390],
];

async function lookAs({ handle }: OpenPage, colours: Colours, width: number): Promise<void> {
  await handle.emulateMedia({ colorScheme: colours });
  await handle.setViewportSize({ width, height: 900 });
}

describe("every view in a real browser", function () {
  this.timeout(180_000);
  let browser: Browser;

  before(async function () {
    browser = await startChromium(requireTool.call(this, "chromium"));
  });
  after(async () => browser?.close());

  for (const state of Object.keys(states) as State[]) {
    describe(`with ${state}`, () => {
      let place: Place;
      let page: OpenPage;

      before(async () => {
        place = await openPlace(state);
        page = await browser.open(emptyPage);
      });
      after(async () => page.close());

      for (const { name, address, status = 200 } of listedViews) {
        if (state === "an empty ledger" && address({}) === undefined) continue;
        it(name, async () => {
          const path = String(address(place.examples));
          await lookAs(page, "light", 1280);

          const response = await page.show(`${place.server.url}/ui/${path}`);

          expect(response.status()).to.equal(status);
          expect(gzipSync(await response.body()).length, "compressed bytes").to.be.below(bytesMax);
          await expectHarmless(page, place.server.url, status);
          for (const [colours, width] of looks) {
            await lookAs(page, colours, width);
            expect(await findSideways(page), `has to be moved sideways at ${width} px`).to.deep.equal([]);
            await keepPicture(page, `${state}-${name}-${width}-${colours}`);
          }
          expect(await findAxeFaults(page), "axe, on a phone, in the dark").to.deep.equal([]);
          await lookAs(page, "light", 1280);
          expect(await findAxeFaults(page), "axe, at a desk, in the light").to.deep.equal([]);
        });
      }
    });
  }
});
