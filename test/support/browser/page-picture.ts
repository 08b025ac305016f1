import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { toolPath } from "../tools.ts";
import { startChromium } from "./chromium.ts";

/** The picture in README.md: `npm run docs:picture` makes it anew, from a demo of its own. */
export const pictureFile = fileURLToPath(new URL("../../../docs/images/page.png", import.meta.url));

const program = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const readyPattern = /http:\/\/127\.0\.0\.1:\d+\/ui\//;

async function makePicture(): Promise<void> {
  const chromium = toolPath("chromium");
  if (chromium === undefined) throw new Error("chromium is not installed");
  const demo = spawn(process.execPath, [program, "demo", "--serve"], { stdio: ["ignore", "pipe", "inherit"] });
  const browser = await startChromium(chromium);
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let output = "";
      demo.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const [found] = readyPattern.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
      demo.once("close", () => reject(new Error(`the demo ended: ${output}`)));
    });
    const page = await browser.open(address, { width: 1280 });
    // On a busy machine some sections are shown before they are computed.
    for (let i = 0; i < 60 && (await page.handle.content()).includes("being computed"); i++) {
      await pause(1000);
      await page.show(address);
    }
    // What is above the fold of a wide screen, in few colours: a whole page is too large for a README.
    const clip = { x: 0, y: 0, width: 1280, height: 900 };
    mkdirSync(dirname(pictureFile), { recursive: true });
    writeFileSync(pictureFile, await page.handle.screenshot({ clip }));
  } finally {
    demo.kill("SIGINT");
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makePicture();
