import { messageOf } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import type { Log } from "../../log.ts";

/** Keeps the bodies of dead letters from filling the disk. */
export interface DeadLetterQuota {
  /** Told of each one that is stored. */
  readonly stored: (source: string, bytes: number) => void;
  /** Trims every source, also those that others write to. Never rejects. */
  readonly trimAll: () => Promise<void>;
}

/** Of the quota of a source: so much may be stored on top of it before its oldest bodies are given up. */
const slack = 1 / 8;

/** `bytesMax`: for the bodies of the dead letters of each source. */
export function createDeadLetterQuota(
  { maintenance }: Pick<Store, "maintenance">,
  log: Log,
  bytesMax: number,
): DeadLetterQuota {
  const grown = new Map<string, number>();
  const trimming = new Set<string>();

  async function trim(source: string): Promise<void> {
    if (trimming.has(source)) return;
    trimming.add(source);
    grown.delete(source);
    try {
      const trimmed = await maintenance.trimDeadLetters(source, bytesMax);
      if (trimmed > 0) log.warn({ source, trimmed }, "the oldest dead letters lost their bodies: the quota is used up");
    } catch (error) {
      // Nothing is lost by it: the next hour, or the next dead letters, try again.
      log.warn({ source, error: messageOf(error) }, "dead letters could not be trimmed");
    } finally {
      trimming.delete(source);
    }
  }

  return {
    stored(source, bytes) {
      const all = (grown.get(source) ?? 0) + bytes;
      grown.set(source, all);
      if (all > bytesMax * slack) void trim(source);
    },
    async trimAll() {
      const sources = await maintenance.listSources().catch(() => []);
      for (const source of sources) await trim(source);
    },
  };
}
