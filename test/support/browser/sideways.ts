import type { OpenPage } from "./chromium.ts";

/** What lies beyond the right edge of the window, where the page as a whole can be moved sideways. */
export function findSideways(page: OpenPage): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    return ["by " + (scrollWidth - clientWidth) + " px", ...wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 200))];
  })()`);
}
