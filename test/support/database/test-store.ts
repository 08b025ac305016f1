import type { Connection } from "../../../src/core/store/db/connect.ts";
import type { Store, StoreOptions } from "../../../src/core/store/index.ts";
import { openStoreWithConnection } from "../../../src/core/store/open-store.ts";

/** A store with the connection that it works on, by which a test looks into the tables. */
export interface TestStore extends Store {
  readonly connection: Connection;
}

export async function openTestStore(options: StoreOptions): Promise<TestStore> {
  const { store, connection } = await openStoreWithConnection(options);
  return { ...store, connection };
}
