import { workerData } from "node:worker_threads";
import type { PackedEntry } from "../ledger.ts";
import { answerCalls, threadLog } from "./calls.ts";
import { connect } from "./database.ts";
import { recorderOn } from "./recorder.ts";
import type { WriterData } from "./thread.ts";

/** The other side of thread.ts: owns the connections that write deliveries, one to SQLite, one a lane to PostgreSQL. */
const { url, ...options } = workerData as WriterData;
/** As many as the ledger has transactions under way. */
const connections = 2;
const connection = connect(url, threadLog, connections);
const recorder = recorderOn(connection, options, Date.now);

answerCalls(
  (batch: readonly PackedEntry[]) => recorder.record(batch),
  () => connection.knex.destroy(),
);
