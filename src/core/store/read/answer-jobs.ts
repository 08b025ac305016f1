import type { AnswerJob } from "../../../answers/answer.ts";
import type { Millis } from "../../time.ts";
import { readArrays } from "../db/connect.ts";
import type { Reading } from "./context.ts";
import { allJobFields, createJobDecoder, listJobArrays, type JobField } from "./answer-job-columns.ts";

/** Which jobs of a run are read, and what of them. */
export interface AnswerJobOptions {
  /** The other fields are `null`, and `nativeId` is empty: each column takes a part of the time. Default: all. */
  readonly fields?: readonly JobField[];
  /** A condition in SQL on columns of `jobs`. Default: all jobs. */
  readonly only?: string;
}

/** The jobs of these runs, by run. `around`: a moment near those of the jobs. */
export type ReadJobs = (ids: readonly number[], around: Millis) => Promise<ReadonlyMap<number, readonly AnswerJob[]>>;

/**
 * Reads each column as one array in JSON: a driver takes two to three times as long to make a cell of each value, and whole numbers are
 * parsed fastest with at most nine digits, so ids and moments come as what they are beyond another one. Without ids no statement runs: an
 * empty list makes SQLite read the whole table.
 */
export function createJobReader({ trx, engine }: Reading, { fields = allJobFields, only }: AnswerJobOptions): ReadJobs {
  const decode = createJobDecoder(fields);
  const arrays = listJobArrays(engine, fields).join(", ");
  const condition = only === undefined ? "" : ` and ${only}`;
  return async (ids, around) => {
    const groups = new Map<number, AnswerJob[]>();
    const [first] = ids;
    if (first === undefined) return groups;
    const [texts = []] = await readArrays(
      trx,
      `select ${arrays} from (select cast(? as bigint) as first_id, cast(? as bigint) as around) as origin cross join jobs
       where run_id in (${ids.map(() => "?").join(", ")})${condition}`,
      [first, around, ...ids],
    );
    decode(texts as readonly (string | null)[], [first, around], (runId, job) => {
      const group = groups.get(runId);
      if (group === undefined) groups.set(runId, [job]);
      else group.push(job);
    });
    return groups;
  };
}
