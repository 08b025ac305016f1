import type { Connection } from "./connect.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

/** Returns free pages to the file system, a few megabytes at a time. */
export async function freePages({ knex, engine }: Connection): Promise<void> {
  if (engine === "sqlite") await retryWhileBusy(async () => void (await knex.raw("pragma incremental_vacuum(2000)")));
}
