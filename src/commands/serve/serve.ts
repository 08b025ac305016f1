import { setTimeout as pause } from "node:timers/promises";
import { isLoopback } from "../../config/address.ts";
import type { Config } from "../../config/index.ts";
import { killProcesses } from "../../exporters/run-process.ts";
import { createPageToken } from "../../http/page-link.ts";
import type { Log } from "../../log.ts";
import { announce, wantsPageLink } from "./announce.ts";
import { startServer } from "./start-server.ts";

/** Between "not ready" and closing the port, on a network: load balancers need a moment to look elsewhere. */
const lameDuckMillis = 5000;

/** `pipegauge serve`: runs until SIGTERM or SIGINT; a second signal ends it at once. Resolves to the exit code. */
export async function serve(config: Config, log: Log): Promise<number> {
  const pageToken = wantsPageLink(config) && process.stderr.isTTY ? createPageToken() : undefined;
  const running = await startServer(config, log, { pageToken });
  announce(config, running, log, pageToken);
  for (const warning of await running.store.maintenance.readDurabilityWarnings().catch(() => [])) log.warn(warning);
  const signal = await Promise.race([waitForSignal(), running.failed]);
  if (signal instanceof Error) {
    log.error({ error: signal.message }, "stopping: nothing more can be stored");
    await running.stop();
    return 1;
  }
  log.info({ signal }, "stopping");
  // By the signal itself: process.exit takes the writing thread down in the middle of a statement, and the driver aborts then.
  void waitForSignal().then((second) => {
    killProcesses();
    process.kill(process.pid, second);
  });
  await running.stop(!isLoopback(config.host) && signal === "SIGTERM" ? pause(lameDuckMillis) : undefined);
  log.info("stopped");
  return 0;
}

function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}
