import type { Millis } from "../core/time.ts";

/** Deliveries of one source that were refused for the same reason. */
export interface RefusedDeliveries {
  readonly reason: string;
  readonly count: number;
  readonly lastAt: Millis;
  /** Of the sender, or of the proxy in front of this server. */
  readonly lastAddress: string;
}

/** The refused deliveries since this process started. They are not authenticated, so nothing that they contain is kept. */
export interface RefusedRegister {
  add(source: string, reason: string, address: string): void;
  /** The latest first. */
  list(source: string): readonly RefusedDeliveries[];
}

/** Reasons per source; beyond that the one that was not seen for longest is forgotten. */
const reasonsMax = 20;

export function createRefusedRegister(now: () => Millis): RefusedRegister {
  const sources = new Map<string, Map<string, RefusedDeliveries>>();
  return {
    add(source, reason, address) {
      const reasons = sources.get(source) ?? new Map<string, RefusedDeliveries>();
      sources.set(source, reasons);
      const count = (reasons.get(reason)?.count ?? 0) + 1;
      reasons.delete(reason);
      reasons.set(reason, { reason, count, lastAt: now(), lastAddress: address });
      if (reasons.size > reasonsMax) reasons.delete(reasons.keys().next().value ?? "");
    },
    list: (source) => [...(sources.get(source)?.values() ?? [])].toReversed(),
  };
}
