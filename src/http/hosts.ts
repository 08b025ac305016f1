import { readHost } from "../core/read-host.ts";
import type { Log } from "../log.ts";

/** Remembered hosts per source: senders choose them, so memory must be bounded. */
const hostsMax = 5;

/** Called with the URL of each run. */
export type HostWatch = (source: string, address: string | null | undefined) => void;

/**
 * Logs a warning for each further server whose runs arrive at one source. Two Jenkins controllers with jobs of the same path
 * would share rows and series, which the numbers do not show.
 */
export function watchHosts(log: Pick<Log, "warn">): HostWatch {
  const hostsBySource = new Map<string, Set<string>>();
  return (source, address) => {
    const host = readHost(address);
    if (host === undefined) return;
    const hosts = hostsBySource.get(source) ?? new Set();
    if (hosts.has(host) || hosts.size === hostsMax) return;
    if (hosts.size > 0) log.warn({ source, host, others: [...hosts] }, secondServer);
    hostsBySource.set(source, hosts.add(host));
  };
}

const secondServer = "source receives runs of several servers: configure one source per server";
