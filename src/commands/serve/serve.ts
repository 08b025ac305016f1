import { setTimeout as pause } from "node:timers/promises";
import { isLoopback } from "../../config/address.ts";
import type { Config } from "../../config/index.ts";
import type { Store } from "../../core/store/index.ts";
import { killProcesses } from "../../exporters/run-process.ts";
import { createPageToken } from "../../http/page-link.ts";
import type { Log } from "../../log.ts";
import { describeNewDatabase } from "../new-database.ts";
import { announce, wantsPageLink } from "./announce.ts";
import { startServer } from "./start-server.ts";

/** Between "not ready" and closing the port, on a network: load balancers need a moment to look elsewhere. */
const lameDuckMillis = 5000;

/** `pipegauge serve`: runs until SIGTERM or SIGINT; a second signal ends it at once. Resolves to the exit code. */
export async function serve(config: Config, log: Log): Promise<number> {
  const pageToken = wantsPageLink(config) && process.stderr.isTTY ? createPageToken() : undefined;
  const newDatabase = describeNewDatabase(config.databaseUrl);
  const running = await startServer(config, log, { pageToken });
  const [first, second] = receiveSignals();
  if (newDatabase !== undefined) log.warn(newDatabase);
  announce(config, running, log, pageToken);
  void warnOfDurability(running.store, log);
  const reason = await Promise.race([first, running.failed]);
  const isFailed = reason instanceof Error;
  void (isFailed ? first : second).then(endAtOnce);
  if (isFailed) log.error({ error: reason.message }, "stopping: nothing more can be stored");
  else log.info({ signal: reason }, "stopping");
  await running.stop(!isLoopback(config.host) && reason === "SIGTERM" ? pause(lameDuckMillis) : undefined);
  if (isFailed) return 1;
  log.info("stopped");
  return 0;
}

/** PostgreSQL may take its time to answer, and nothing waits for it. */
async function warnOfDurability({ maintenance }: Store, log: Log): Promise<void> {
  for (const warning of await maintenance.readDurabilityWarnings().catch(() => [])) log.warn(warning);
}

/** By the signal itself: process.exit takes the writing thread down in the middle of a statement, and the driver aborts then. */
function endAtOnce(signal: NodeJS.Signals): void {
  killProcesses();
  for (const name of endingSignals) process.removeAllListeners(name);
  process.kill(process.pid, signal);
}

const endingSignals = ["SIGTERM", "SIGINT"] as const;

/** The first and the second signal that asks for the end. Both are listened to from now on: none ends the process by itself. */
function receiveSignals(): readonly [first: Promise<NodeJS.Signals>, second: Promise<NodeJS.Signals>] {
  const waiting: ((signal: NodeJS.Signals) => void)[] = [];
  const next = () => new Promise<NodeJS.Signals>((resolve) => waiting.push(resolve));
  for (const name of endingSignals) process.on(name, (signal) => waiting.shift()?.(signal));
  return [next(), next()];
}
