import type { OpenPage } from "./chromium.ts";

/** What a walk with the Tab key through the page came to. */
export interface Walk {
  /** Whatever can be clicked, typed into, opened or scrolled, and never had the focus. */
  readonly missed: readonly string[];
  /** What had the focus without a sign that can be seen, or beyond the window. */
  readonly unseen: readonly string[];
  /** Elements that had the focus. */
  readonly count: number;
}

const begin = `(() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])");
  // A link of a picture is a second way: the same link, or one to a list, is there for the keyboard. Hidden fields are for password managers.
  const ways = new Set([...document.querySelectorAll("main a[href]:not([tabindex='-1'])")].map(({ href }) => href));
  const leadsToList = [...ways].some((href) => /\\/ui\\/(runs|pipelines\\/one)\\?/.test(href));
  const isSecondWay = (one) => one.matches("svg a[tabindex='-1']") && (leadsToList || ways.has(new URL(one.href.baseVal, document.baseURI).href));
  const isHidden = (one) => one.matches("input[aria-hidden=true]") || one.getClientRects().length === 0;
  window.reachable = new Set([...all].filter((one) => !isSecondWay(one) && !isHidden(one)));
  window.reached = new Map();
  const note = (target) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const { bottom, right, top, left } = target.getBoundingClientRect();
    const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    window.reached.set(target, outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && isInside);
  };
  document.addEventListener("focusin", ({ target }) => note(target));
  // Where a field has the focus at once, the walk begins there.
  if (document.activeElement !== document.body) note(document.activeElement);
  return window.reachable.size;
})()`;

const end = `(() => {
  const show = (one) => one.outerHTML.slice(0, 160);
  return {
    missed: [...window.reachable].filter((one) => !window.reached.has(one)).map(show),
    unseen: [...window.reached].filter(([, seen]) => !seen).map(([one]) => show(one)),
    count: window.reached.size,
  };
})()`;

/** Presses Tab as often as there are elements to reach, with everything that folds open. */
export async function walkByKeyboard(page: OpenPage): Promise<Walk> {
  const size = await page.evaluate<number>(begin);
  // One more: a control in parts, such as a date, stops once for each of them.
  for (let i = 0; i < size; i++) await page.handle.keyboard.press("Tab");
  return page.evaluate(end);
}
