import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../errors.ts";
import { connect } from "../database.ts";
import { readOn } from "./queries.ts";
import type { FromReader, ReaderData, ToReader } from "./thread.ts";

/** The other side of thread.ts: a connection of its own that only reads. */
const { url } = workerData as ReaderData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
const post = (message: FromReader) => parentPort?.postMessage(message);
const connection = connect(url, {
  warn: (message) => post({ log: "warn", message }),
  error: (message) => post({ log: "error", message }),
});
let prepared: Promise<unknown> | undefined;

parentPort?.on("message", (message: ToReader) => {
  void (message === "close" ? close() : answer(message));
});

async function answer({ id, name, query }: Exclude<ToReader, "close">): Promise<void> {
  try {
    await (prepared ??= connection.knex.raw("pragma query_only = on"));
    post({ id, answer: await readOn(connection, name, query) });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    post({ id, error: { message: messageOf(error), code } });
  }
}

async function close(): Promise<void> {
  await connection.knex.destroy();
  parentPort?.close();
}
