import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../errors.ts";
import type { PackedEntry } from "../ledger.ts";
import { connect } from "./database.ts";
import { recorderOn } from "./recorder.ts";
import type { FromWriter, ToWriter, WriterData } from "./thread.ts";

/** The other side of thread.ts: owns the connections that write deliveries: one to SQLite, one a lane to PostgreSQL. */
const { url, ...options } = workerData as WriterData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
const post = (message: FromWriter) => parentPort?.postMessage(message);
const log = {
  warn: (message: string) => post({ log: "warn", message }),
  error: (message: string) => post({ log: "error", message }),
};
/** As many as the ledger has transactions under way. */
const connections = 2;
const connection = connect(url, log, connections);
const recorder = recorderOn(connection, options, Date.now);

parentPort?.on("message", (message: ToWriter) => {
  void (message === "close" ? close() : write(message.id, message.batch));
});

async function write(id: number, batch: readonly PackedEntry[]): Promise<void> {
  try {
    post({ id, outcomes: await recorder.record(batch) });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    post({ id, error: { message: messageOf(error), code } });
  }
}

async function close(): Promise<void> {
  await connection.knex.destroy();
  parentPort?.close();
}
