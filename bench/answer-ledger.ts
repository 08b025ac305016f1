/**
 * A ledger of runs with twelve jobs each, made by SQL in the database itself: a million of them in some minutes. The same statements
 * run on SQLite and PostgreSQL. What happens in a run follows from its number, so that two ledgers of one size are alike.
 *
 * Of a hundred runs 4 are cancelled, and in 12 of the others one job fails, which passes in a second try in every fifth case. A
 * twentieth of the commits have a second run, and a third of the runs are on the default branch.
 */

const pipelines = 84;
const jobsOfRun = 12;
/** How long a run takes. */
const runMillis = 800_000;

export interface LedgerOptions {
  readonly runs: number;
  /** When the first one was queued, and how long after it the next one is. */
  readonly origin: number;
  readonly everyMillis: number;
}

/** A number below `max` that looks random, from the number `i` of a run and a constant. */
function pick(salt: number, max: number, i = "i"): string {
  return `((${i} * 73856093 + ${salt} * 19349663 + ${i} / 7 * 83492791) % 1000003 % ${max})`;
}

const isCancelled = `${pick(7, 100)} < 4`;
const isFailing = `(${pick(4, 100)} < 12 and not ${isCancelled})`;
const isRetried = `(${isFailing} and ${pick(6, 5)} = 0)`;
const result = `case when ${isCancelled} then 'cancellation' when ${isFailing} and not ${isRetried} then 'failure' else 'success' end`;
const sha = "'3f9c17e2b5d04a86e1c7f03b92a' || (1000000000000 + c)";

/** Statements that add the runs `from` up to `to`, the second one excluded. */
export function buildFill({ origin, everyMillis }: LedgerOptions, from: number, to: number): string[] {
  const queuedAt = `(${origin} + i * ${everyMillis})`;
  const numbers = `with recursive numbers(i) as (select cast(${from} as bigint) union all select i + 1 from numbers where i + 1 < ${to}),
    commits as (select i, cast(i - (case when ${pick(3, 20)} = 0 then ${pipelines} else 0 end) as bigint) as c from numbers)`;
  const project = `'team-' || (i % ${pipelines} % 7) || '/service-' || (i % ${pipelines} % 28)`;
  const ref = `case when ${pick(1, 3, "c")} = 0 then 'main' else 'feature-' || ${pick(2, 2000, "c")} end`;
  return [
    `insert into runs (id, source, native_id, provider, project, pipeline, number, ref, ref_kind, default_branch, sha, trigger, url, title,
       native_status, state, result, queued_at, started_at, finished_at, queue_seconds, duration_seconds, version_epoch, version_clock,
       version_rank, unstated, first_seen_at, updated_at)
     ${numbers}
     select i, 'gitlab', cast(4000000000 + i as text), 'gitlab', ${project}, 'pipeline ' || (i % ${pipelines}), cast(i as text), ${ref}, 'branch',
       ${pick(1, 3, "c")} = 0, ${sha}, 'push', 'https://gitlab.example.com/' || ${project} || '/-/pipelines/' || (4000000000 + i),
       'Update dependencies of the service', 'done', 'finished', ${result}, ${queuedAt}, ${queuedAt} + 2000, ${queuedAt} + ${runMillis},
       2, ${runMillis - 2000} / 1000.0, 0, ${queuedAt} + ${runMillis}, 5, 0, ${queuedAt} + 500, ${queuedAt} + ${runMillis} + 700
     from commits`,
    `insert into run_completions (run_id, key, attempt_order, rollup_id, result, finished_at, queue_seconds, duration_seconds)
     select id, '1', 1, 1, result, finished_at, queue_seconds, duration_seconds from runs where id >= ${from} and id < ${to}`,
    buildJobs(from, to),
  ];
}

/** Four stages of three jobs; a thirteenth one is the second try of the one that failed. */
function buildJobs(from: number, to: number): string {
  const failing = pick(5, jobsOfRun);
  const readyAt = `(queued_at + (k % 12) / 3 * 190000 + case when k = 12 then 600000 + ${failing} * 1000 else 0 end)`;
  const waitMillis = `(${pick(100, 60_000)} * (1 + k) % 60000)`;
  const workMillis = `(20000 + (k * 7919 % 90) * 1000 + ${pick(90, 20_000)} * (3 + k) % 20000)`;
  const job = `case when k = 12 then ${failing} else k end`;
  return `insert into jobs (run_id, native_id, name, stage, task_type, runner, runner_class, url, allow_failure, failure_reason, retries,
      native_status, state, result, queued_at, started_at, finished_at, queue_seconds, duration_seconds, version_epoch, version_clock,
      version_rank, unstated)
    with recursive numbers(k) as (select 0 union all select k + 1 from numbers where k < ${jobsOfRun}),
    numbered as (select id as i, queued_at from runs where id >= ${from} and id < ${to}),
    found as (select i, ${job} as j, ${isCancelled} and k >= 9 as cancelled, ${isFailing} and k = ${failing} as failed, k,
      ${readyAt} as ready_at, ${waitMillis} as wait_millis, ${workMillis} as work_millis
      from numbered cross join numbers where k < ${jobsOfRun} or ${isRetried})
    select i, cast(i * 100 + k as text), 'job ' || j || ' of ' || (i % ${pipelines}), 'stage ' || (j / 3), 'test', 'runner-' || (i % 40),
      case when j % 4 = 0 then 'large,linux' else 'linux' end, 'https://gitlab.example.com/-/jobs/' || (i * 100 + k), false,
      case when failed then 'script_failure' end, 0,
      case when failed then 'failed' when cancelled then 'canceled' else 'success' end, 'finished',
      case when failed then 'failure' when cancelled then 'cancellation' else 'success' end,
      ready_at, ready_at + wait_millis, ready_at + wait_millis + work_millis, wait_millis / 1000.0, work_millis / 1000.0, 0,
      ready_at + wait_millis + work_millis, 5, 0
    from found`;
}
