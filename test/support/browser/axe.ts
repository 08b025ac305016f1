import axe from "axe-core";
import type { OpenPage } from "./chromium.ts";

/** WCAG 2.2 A and AA, and what axe calls best practice: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Rows of a table that are looked at: all are alike, and axe takes a minute for a thousand. */
const rowsMax = 100;

/** What axe finds wrong in the page: the rule, where, and what it says. Takes the further rows of tables out of the page. */
export async function findAxeFaults(page: OpenPage): Promise<readonly string[]> {
  // By the debugger: the page itself may not load a script.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  await page.evaluate(
    `document.querySelectorAll("tbody tr:nth-child(n+${rowsMax + 1})").forEach((row) => row.remove())`,
  );
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map((node) => id + ": " + help + ": " + node.html.slice(0, 200) + " " + (node.failureSummary ?? "").slice(0, 300))))`);
}
