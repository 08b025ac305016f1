import { workerData } from "node:worker_threads";
import type { PackedEntry } from "../ledger.ts";
import { answerCalls, threadLog } from "./calls.ts";
import { connect } from "./database.ts";
import { recorderOn } from "./recorder.ts";
import type { WriterData } from "./thread.ts";

/** The other side of thread.ts: owns the connections that write deliveries, one to SQLite, one a lane to PostgreSQL. */
const { url, lanes, ...options } = workerData as WriterData;
const connection = connect(url, threadLog, lanes);
const recorder = recorderOn(connection, options, Date.now);

answerCalls(
  (batch: readonly PackedEntry[]) => recorder.record(batch),
  () => connection.knex.destroy(),
);
