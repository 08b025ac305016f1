import { workerData } from "node:worker_threads";
import { answerCalls, threadLog } from "../db/worker-rpc.ts";
import { connect } from "../db/connect.ts";
import { recorderOn } from "./recorder.ts";
import type { WriterData, WriterQuestion } from "./writer.ts";

/** The other side of thread.ts: owns the connections that write deliveries, one to SQLite, one a lane to PostgreSQL. */
const { url, lanes, ...options } = workerData as WriterData;
const connection = connect(url, threadLog, lanes);
const recorder = recorderOn(connection, options, Date.now, threadLog);

answerCalls(
  (question: WriterQuestion) =>
    "releaseBefore" in question ? recorder.release(question.releaseBefore) : recorder.record(question),
  () => connection.knex.destroy(),
);
