import { openStoreWithConnection, type Store, type StoreOptions } from "./open-store.ts";

export type { DatabaseLog } from "./db/connect.ts";
export type * from "./read/code-event-types.ts";
export type * from "./read/job-types.ts";
export { jobDimensions } from "./read/job-types.ts";
export type * from "./read/types.ts";
export { ledgerContents, type LedgerContent } from "./read/ledger-content.ts";
export { deliveryOutcomes, dimensions, scanMax } from "./read/types.ts";
export { readEngineVersions } from "./db/engine-versions.ts";
export { serveWriter } from "./record/serve-writer.ts";
export type { WriterThread } from "./record/writer.ts";
export type { Store, StoreOptions };

/**
 * Connects, migrates, and waits for the writer thread. Throws `config` when the database cannot be used, `schema` when a newer
 * version has migrated it or it is damaged.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { store } = await openStoreWithConnection(options);
  return store;
}
