import type { Engine } from "../../src/core/store/db/rowset.ts";

/** What a promise was rejected with. Throws when it was not. */
export async function catchFailure(promise: Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome && outcome.error instanceof Error) return outcome.error;
  throw new Error(`it did not fail with an error: ${JSON.stringify(outcome)}`);
}

/** Makes the last statement of a recording fail. */
export const refuseRollups: Readonly<Record<Engine, string>> = {
  sqlite: "create trigger refuse before update on rollups begin select raise(abort, 'not today'); end",
  postgres: `
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
    create trigger refuse before update on rollups for each row execute function refuse();
    create trigger refuse before insert or update on rollup_shards for each row execute function refuse()`,
};

export const acceptRollups: Readonly<Record<Engine, string>> = {
  sqlite: "drop trigger refuse",
  postgres: "drop trigger refuse on rollups; drop trigger refuse on rollup_shards; drop function refuse",
};
