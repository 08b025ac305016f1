import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenPage } from "./chromium.ts";

/** Writes a picture of the whole page into the folder that SCREENSHOTS names, for people to look at; without it nothing. */
export async function keepPicture(page: OpenPage, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(/[^\w-]+/g, "-")}.png`), await page.screenshot());
}
