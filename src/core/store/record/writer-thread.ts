import { workerData } from "node:worker_threads";
import { serveRpc, threadLog } from "../db/worker-rpc.ts";
import { connect } from "../db/connect.ts";
import { createRecorder } from "./recorder.ts";
import type { WriterData, WriterRequest } from "./writer.ts";

/** The thread that `startWriter` starts. It has the connections that write deliveries: one to SQLite, `concurrency` to PostgreSQL. */
const { url, concurrency, ...options } = workerData as WriterData;
const connection = connect(url, threadLog, concurrency);
const recorder = createRecorder(connection, options, Date.now, threadLog);

serveRpc(
  (request: WriterRequest) =>
    "releaseBefore" in request ? recorder.release(request.releaseBefore) : recorder.record(request),
  () => connection.knex.destroy(),
);
