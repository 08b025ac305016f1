import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../config/index.ts";
import { createLog } from "../../log.ts";
import { startServer } from "../serve/start-server.ts";
import { fillDays } from "./fill-days.ts";
import { createProgressDisplay } from "../progress.ts";
import type { ServeArguments } from "./parse-arguments.ts";
import type { Millis } from "../../core/time.ts";

const days = 60;

/**
 * `pipegauge demo --serve`: a server with 60 invented days on a database of its own in a temporary folder. Runs until SIGINT or
 * SIGTERM, also while it fills; then the folder is gone, whichever way the process ends except by SIGKILL.
 */
export async function serveDemo(
  { port, runs, seed }: ServeArguments,
  now: Millis,
  write: (text: string) => void,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-demo-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const end = receiveEnd();
  // Nothing of this machine's settings: the server is for this host alone, without secrets.
  const argv = ["--host", "127.0.0.1", "--port", String(port), "--database-url", `sqlite:${join(folder, "demo.db")}`];
  const config = loadConfig({ env: {}, argv: [...argv, "--log-level", "warn"] });
  const log = createLog(config.logLevel);
  write(`filling a server of its own with ${days} invented days of ${runs} runs each, in ${folder}\n`);
  const startedAt = performance.now();
  const display = createProgressDisplay(process.stderr);
  const show = (done: number) => display.show({ what: "filling", done, all: days, unit: "days" });
  const options = { seed, runs };
  const filled = await fillDays({ config, log, options, days, now, isEnded: end.isReceived, show });
  display.end();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (!end.isReceived()) {
    write(`${filled.runs} runs, ${filled.deliveries} deliveries in ${seconds} s\n`);
    const running = await startServer(config, log);
    const address = `http://127.0.0.1:${running.port}/ui/`;
    // The first visit lets the server compute what the page shows, so that a person finds it there.
    await fetch(address).then((response) => response.text());
    write(`\n  ${address}\n\nCtrl-C ends the server and removes all of it\n`);
    await Promise.race([end.received, running.failed]);
    await running.stop();
  }
  config.close();
  removeFolder();
  return 0;
}

/** The first signal that asks for the end; a second one ends the process at once. */
function receiveEnd(): { readonly received: Promise<unknown>; readonly isReceived: () => boolean } {
  let ended = false;
  const received = new Promise<void>((resolve) => {
    const endOnce = () => {
      if (ended) process.exit(130);
      ended = true;
      resolve();
    };
    process.on("SIGINT", endOnce).on("SIGTERM", endOnce);
  });
  return { received, isReceived: () => ended };
}
