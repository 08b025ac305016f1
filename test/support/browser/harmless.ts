import { expect } from "chai";
import type { OpenPage } from "./chromium.ts";

/** Elements that no view writes: a hostile name would have brought them. */
const strange = [
  "script:not([src$='.js'])",
  "iframe",
  "img:not([src$='icon.svg'])",
  "meta[http-equiv]:not([http-equiv=refresh][content^='5'])",
  "style",
  "[style]",
  "[onerror]",
  "[onload]",
];

/**
 * Nothing in the page took effect as markup, nothing was refused or failed, and no other host was asked. `status` is that of
 * the page itself: the browser's console names it where it is an error.
 */
export async function expectHarmless(page: OpenPage, origin: string, status = 200): Promise<void> {
  expect(await page.evaluate("window.struck ?? 0"), "scripts that ran").to.equal(0);
  const isOwnStatus = (line: string) => status >= 400 && line.includes(`responded with a status of ${status} `);
  expect(
    page.console.filter((line) => !isOwnStatus(line)),
    "the console",
  ).to.deep.equal([]);
  expect(await page.violations(), "what the policy refused").to.deep.equal([]);
  expect(page.requests).to.not.be.empty;
  for (const url of page.requests) expect(url.startsWith(`${origin}/`), `${url} is asked for`).to.equal(true);
  const found = `[...document.querySelectorAll(${JSON.stringify(strange.join())})].map((one) => one.outerHTML.slice(0, 200))`;
  expect(await page.evaluate(found), "elements that our page does not write").to.deep.equal([]);
  const links = await page.evaluate<string[]>("[...document.links].map((link) => link.href)");
  expect(links.filter((link) => !/^https?:/.test(link))).to.deep.equal([]);
}
