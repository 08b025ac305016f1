import { openStoreWithConnection, type Store, type StoreOptions } from "./open-store.ts";

export type { DatabaseLog } from "./db/connect.ts";
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
