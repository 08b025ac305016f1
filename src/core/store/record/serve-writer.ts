import { workerData } from "node:worker_threads";
import { connect } from "../db/connect.ts";
import { serveRpc, threadLog } from "../db/worker-rpc.ts";
import { decodeBatch } from "./encode-batch.ts";
import { recordUnparsed, type ParseBody } from "./record-unparsed.ts";
import { createRecorder } from "./recorder.ts";
import type { WriterData, WriterRequest } from "./writer.ts";

/** Serves `startWriter`, in the thread. It has the connections that write deliveries: one to SQLite, `concurrency` to PostgreSQL. */
export function serveWriter(parse: ParseBody): void {
  const { url, concurrency, batchJobsMax, ...options } = workerData as WriterData;
  const connection = connect(url, threadLog, concurrency);
  const { record: recordEntries, release } = createRecorder(connection, options, Date.now, threadLog);
  serveRpc(
    (request: WriterRequest) =>
      "releaseBefore" in request
        ? release(request.releaseBefore)
        : recordUnparsed(decodeBatch(request), { parse, recordEntries, jobsMax: batchJobsMax }),
    () => connection.knex.destroy(),
  );
}
