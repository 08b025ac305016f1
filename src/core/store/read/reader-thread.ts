import { workerData } from "node:worker_threads";
import { serveRpc, threadLog } from "../db/worker-rpc.ts";
import { connect } from "../db/connect.ts";
import { readFrom } from "./queries.ts";
import type { ReadRequest, ReaderData } from "./reader.ts";

/** The thread that reader.ts starts: a connection of its own that only reads. */
const { url, connections } = workerData as ReaderData;
const connection = connect(url, threadLog, connections);
let prepared: Promise<unknown> | undefined;

serveRpc(
  async ({ name, query }: ReadRequest) => {
    if (connection.engine === "sqlite") await (prepared ??= connection.knex.raw("pragma query_only = on"));
    return readFrom(connection, name, query);
  },
  () => connection.knex.destroy(),
);
