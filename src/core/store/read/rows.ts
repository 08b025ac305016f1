import type { Knex } from "knex";
import { boolean, createDecoder, listNames, nullable, text } from "../db/columns.ts";
import { shownJobColumns } from "../db/job-columns.ts";
import { completionColumns, deliveryColumns, shownRunColumns } from "../db/tables.ts";
import { shownState } from "../db/unfinished-runs.ts";
import type { Millis } from "../../time.ts";
import type { ShownState } from "../../states.ts";

/** The columns that reads select, and their decoders, derived from db/tables.ts. */

// A list does not need `detail` and `graph`, which may be some kilobytes a run. The state is computed.
const { detail: _detail, graph: _graph, state: _stored, ...listedRunColumns } = shownRunColumns;

const runNames = listNames(listedRunColumns);
export const jobNames = listNames(shownJobColumns);
export const completionNames = listNames(completionColumns);

/** A column of `runs`: true when the result differs from the one that was counted for the latest attempt. */
const runIsCorrected = `case when runs.result is null then 0 else coalesce((
  select min(case when counted.result = runs.result then 0 else 1 end) from run_completions counted
  where counted.run_id = runs.id
    and counted.attempt_order = (select max(attempt_order) from run_completions where run_id = runs.id)
), 0) end as corrected`;

/** The columns of a run, with its shown state. */
export function selectRun(trx: Knex, staleBefore: Millis = 0): (string | Knex.Raw)[] {
  return [...runNames, trx.raw(`${shownState} as state`, [staleBefore]), trx.raw(runIsCorrected)];
}

/** The same as `runIsCorrected` for `jobs`, whose completions have the native id as key; skips are counted apart. */
export const jobIsCorrected = `case when jobs.result is null then 0 else coalesce((
  select case when counted.result = jobs.result then 0 else 1 end from job_completions counted
  where counted.run_id = jobs.run_id
    and counted.key = jobs.native_id || case when jobs.result = 'skip' then ':skip' else '' end
), 0) end as corrected`;

const corrected = boolean("corrected");

export const decodeStoredRun = createDecoder({
  ...listedRunColumns,
  state: nullable(text<ShownState>("state")),
  corrected,
});
/** What reads select of a job: `jobNames`, then `jobIsCorrected`. */
export const storedJobColumns = { ...shownJobColumns, corrected };
export const decodeStoredJob = createDecoder(storedJobColumns);
export const decodeStoredCompletion = createDecoder(completionColumns);

const { key: _key, headers: _headers, body: _body, ...listedDeliveryColumns } = deliveryColumns;

export const deliveryNames = listNames(listedDeliveryColumns);

/** `kept` is computed. */
export const decodeDelivery = createDecoder({ ...listedDeliveryColumns, kept: boolean("kept") });

export const deliveryDetailNames = listNames(deliveryColumns);
export const decodeDeliveryDetail = createDecoder({ ...deliveryColumns, kept: boolean("kept") });
