import { readMessage } from "../../core/errors.ts";
import type { Store } from "../../core/store/index.ts";
import type { Log } from "../../log.ts";

/** Keeps the bodies of dead letters from filling the disk. */
export interface DeadLetterQuota {
  /** Call it for each dead letter that was stored. */
  readonly stored: (source: string, bytes: number) => void;
  /** Trims every source, also those of other replicas. Never rejects. */
  readonly trimAll: () => Promise<void>;
}

/** The part of a source's quota by which it may be exceeded before the oldest bodies are deleted. */
const slack = 1 / 8;

/** `bytesMax`: for the bodies of the dead letters of each source. */
export function createDeadLetterQuota(
  { maintenance }: Pick<Store, "maintenance">,
  log: Log,
  bytesMax: number,
): DeadLetterQuota {
  const grown = new Map<string, number>();
  const trimming = new Set<string>();

  const mustTrim = (source: string): boolean => (grown.get(source) ?? 0) > bytesMax * slack;

  async function trimOnce(source: string): Promise<void> {
    grown.delete(source);
    try {
      const trimmed = await maintenance.trimDeadLetters(source, bytesMax);
      if (trimmed > 0) log.warn({ source, trimmed }, "the oldest dead letters lost their bodies: the quota is used up");
    } catch (error) {
      // Harmless: the next hour, or the next dead letters, try again.
      log.warn({ source, error: readMessage(error) }, "dead letters could not be trimmed");
    }
  }

  /** Trims again for the dead letters that were stored meanwhile: the trim under way may not have read them. */
  async function trim(source: string): Promise<void> {
    if (trimming.has(source)) return;
    trimming.add(source);
    do await trimOnce(source);
    while (mustTrim(source));
    trimming.delete(source);
  }

  return {
    stored(source, bytes) {
      grown.set(source, (grown.get(source) ?? 0) + bytes);
      if (mustTrim(source)) void trim(source);
    },
    async trimAll() {
      const sources = await maintenance.listSources().catch(() => []);
      for (const source of sources) await trim(source);
    },
  };
}
