import type { TestStore } from "./test-store.ts";
import { now } from "./databases.ts";

/** How the made-up ledger of `fill` looks: run i of them all, counted from 1, and what it is called. */
export const filled = {
  getProject: (i: number) => `team/${i % 20}`,
  /** One run in a hundred. */
  isFailure: (i: number) => i % 100 === 7,
  stepMillis: 600_000,
};

/**
 * Writes `runs` runs of twenty projects with four pipelines each, the last of them now, each with two jobs, their completions
 * two deliveries, and a deployment, a change and a push, straight into the tables: what a server would have after some months.
 */
export async function fill(store: TestStore, runs: number): Promise<void> {
  const { knex, engine } = store.connection;
  const numbers = (from: number) =>
    engine === "postgres"
      ? `generate_series(${from}::bigint, ${runs}) as n(i)`
      : `(with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${runs}) select i from n) as n`;
  const yes = engine === "postgres" ? "true" : "1";
  const at = `${now} - (${runs} - i) * ${filled.stepMillis}`;
  const result = "case when i % 100 = 7 then 'failure' else 'success' end";
  await knex.raw(`
    insert into runs (source, native_id, provider, project, pipeline, ref, default_branch, state, result, queued_at, started_at,
      finished_at, queue_seconds, duration_seconds, version_epoch, version_clock, version_rank, first_seen_at, updated_at)
    select 'gitlab', cast(i as text), 'gitlab', 'team/' || (i % 20), 'pipeline ' || (i % 4), 'main', ${yes}, 'finished',
      ${result}, ${at} - 9000, ${at} - 8000, ${at}, 1, 8, 1, 1, 1, ${at} - 9000, ${at} from ${numbers(1)}`);
  for (const job of [1, 2]) {
    await knex.raw(`
      insert into jobs (run_id, native_id, name, state, result, started_at, finished_at, version_epoch, version_clock, version_rank)
      select id, cast(id * 10 + ${job} as text), 'job ${job}', 'finished', 'success', started_at, finished_at, 0, 0, 0 from runs`);
  }
  await knex.raw(`
    insert into job_completions (run_id, key, rollup_id, result, finished_at) select run_id, native_id, 1, result, finished_at from jobs`);
  await knex.raw(`
    insert into run_completions (run_id, key, attempt_order, rollup_id, result, finished_at, queue_seconds, duration_seconds)
    select id, 'a', 0, 1, result, finished_at, queue_seconds, duration_seconds from runs`);
  for (const [source, outcome, every] of [
    ["gitlab", "accepted", 1],
    ["github", "accepted", 2],
    ["gitlab", "dead_letter", 500],
    ["tekton", "ignored", 1000],
  ] as const) {
    await knex.raw(`
      insert into deliveries (key, source, provider, outcome, received_at, bytes)
      select '${source} ${outcome} ' || i, '${source}', '${source}', '${outcome}', ${at}, 2 from ${numbers(1)} where i % ${every} = 0`);
  }
  await fillCode(store, numbers(1), at);
  await knex.raw("analyze");
}

/** A deployment, a change and a push with each run. */
async function fillCode({ connection: { knex, engine } }: TestStore, numbers: string, at: string): Promise<void> {
  const seen = `'gitlab', cast(i as text), 'gitlab', 'team/' || (i % 20), ${at}, ${at}`;
  const identity = "source, native_id, provider, project, first_seen_at, updated_at";
  const yes = engine === "postgres" ? "true" : "1";
  await knex.raw(`
    insert into deployments (${identity}, environment, sha, run, job, state, result)
    select ${seen}, 'env ' || (i % 3), 'abc' || i, cast(i as text), cast(i * 10 + 1 as text), 'finished', 'success' from ${numbers}`);
  await knex.raw(`
    insert into changes (${identity}, number, target, status, head_sha, merge_sha)
    select ${seen}, cast(i as text), 'main', 'merged', 'abc' || i, 'def' || i from ${numbers}`);
  await knex.raw(`
    insert into pushes (${identity}, ref, default_branch, after_sha, commits)
    select ${seen}, 'main', ${yes}, 'abc' || i, '[]' from ${numbers}`);
}
