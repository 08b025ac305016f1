import type { OpenPage } from "./chromium.ts";

/** The text of every cell of a section's table, row by row. */
export function readCells(page: OpenPage, section: string): Promise<string[][]> {
  return page.evaluate(`[...document.querySelectorAll('section[aria-labelledby="${section}"] table')].slice(0, 1)
    .flatMap((table) => [...table.tBodies[0].rows])
    .map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\\s+/g, " ").trim()))`);
}

/** As a browser gives the text of an element back, blanks folded. */
export function foldBlanks(text: unknown): string {
  return String(text).replaceAll(/\s+/g, " ").trim();
}
