import { workerData } from "node:worker_threads";
import { connect } from "../db/connect.ts";
import { serveRpc, threadLog } from "../db/worker-rpc.ts";
import { correctDayTimes } from "./correct-day-times.ts";
import { deleteExpired } from "./delete-expired.ts";
import { decodeBatch } from "./encode-batch.ts";
import { recordUnparsed, type ParseBody } from "./record-unparsed.ts";
import { savePartialAnswers } from "./save-partial-answers.ts";
import { createRecorder } from "./recorder.ts";
import type { WriterData, WriterRequest } from "./writer.ts";

/** Serves `startWriter`, in the thread. It has the connections that write deliveries: one to SQLite, `concurrency` to PostgreSQL. */
export function serveWriter(parse: ParseBody): void {
  const { url, concurrency, batchJobsMax, ...options } = workerData as WriterData;
  const connection = connect(url, threadLog, concurrency);
  const { record: recordEntries, release } = createRecorder(connection, options, Date.now, threadLog);
  let isStopping = false;
  let deleting: Promise<unknown> = Promise.resolve();
  serveRpc(
    async (request: WriterRequest) => {
      if ("releaseBefore" in request) return release(request.releaseBefore);
      if ("correction" in request) return correctDayTimes(connection, request.correction);
      if ("partialChange" in request) return savePartialAnswers(connection, request.partialChange);
      if ("deleteBefore" in request) {
        const deleted = deleteExpired(connection, request.deleteBefore, () => isStopping);
        deleting = deleted.catch(() => undefined);
        return deleted;
      }
      return recordUnparsed(decodeBatch(request), { parse, recordEntries, jobsMax: batchJobsMax });
    },
    async () => {
      isStopping = true;
      await deleting;
      await connection.knex.destroy();
    },
  );
}
