/**
 * Chooses the shard of the totals that each transaction of this process adds to: one that no other transaction holds at the moment,
 * of whatever process. To hold one is to have its advisory lock, which PostgreSQL releases at the end of the transaction, so that no
 * session keeps anything and a pooler may give each transaction another one. Two transactions in one shard wait for each other's
 * commit; nothing else depends on the choice.
 */
export interface Shards {
  /** Call it before a transaction. `undefined`: there is one shard, 0. */
  begin(): ShardLock | undefined;
}

/** The choice of one transaction. */
export interface ShardLock {
  /** An expression of SQL that locks the first shard that is free, and returns its number; null: all are held. */
  readonly sql: string;
  /** Takes what the expression returned, and returns the shard to use. */
  settle(locked: number | null): number;
  /** Call it after the transaction, whatever became of it. */
  end(): void;
}

/** Advisory locks from here on stand for shards. Nothing else in the database uses these numbers. */
export const firstShardLock = 7_310_100;

/**
 * `count`: the number of shards at this moment. A process keeps to the shards that it used last where they are free, so that
 * processes under load soon have shards of their own, and a quiet one needs no other than shard 0.
 */
export function createShards(count: () => number): Shards {
  /** Shards of transactions of this process that have ended, the latest last. */
  const used: number[] = [];

  return {
    begin() {
      const shards = count();
      if (shards === 1) return undefined;
      const last = used.pop() ?? 0;
      let shard = last < shards ? last : 0;
      const tried = Array.from({ length: shards }, (_, i) => (shard + i) % shards);
      return {
        sql: `case ${tried.map((one) => `when pg_try_advisory_xact_lock(${firstShardLock + one}) then ${one}`).join(" ")} end`,
        // Where all are held, it waits in the one that it tried first.
        settle: (locked) => (shard = locked ?? shard),
        end: () => void used.push(shard),
      };
    },
  };
}
