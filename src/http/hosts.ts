import { hostIn } from "../core/host.ts";
import type { Log } from "../log.ts";

/** What a sender writes is remembered, so there is an end to it. */
const hostsMax = 5;

/** Told of the address of each run, by source. */
export type HostWatch = (source: string, address: string | null | undefined) => void;

/**
 * Warns of each further server whose runs come to one source. Builds of two Jenkins controllers count under one project and share
 * a row where their paths are the same, and nobody would see it in the numbers.
 */
export function watchHosts(log: Pick<Log, "warn">): HostWatch {
  const known = new Map<string, Set<string>>();
  return (source, address) => {
    const host = hostIn(address);
    if (host === undefined) return;
    const hosts = known.get(source) ?? new Set();
    if (hosts.has(host) || hosts.size === hostsMax) return;
    if (hosts.size > 0) log.warn({ source, host, others: [...hosts] }, secondServer);
    known.set(source, hosts.add(host));
  };
}

const secondServer = "source receives runs of several servers: configure one source per server";
