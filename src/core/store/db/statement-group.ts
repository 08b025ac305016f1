import type { Socket } from "node:net";
import type { Submittable } from "pg";
import type { Row } from "./columns.ts";
import type { SqlClient } from "./stalled-connections.ts";

/** A statement for PostgreSQL. */
export interface Statement {
  /** With `$1`, `$2` … for its values. */
  readonly text: string;
  readonly values?: readonly (string | null)[];
  /** Of `copy … from stdin`: the rows in its text format. */
  readonly copied?: string;
}

/** What a statement returned. */
export interface StatementAnswer {
  readonly rows: Row[];
  /** Such as `INSERT 0 12`: https://www.postgresql.org/docs/current/protocol-message-formats.html (CommandComplete). */
  readonly tag: string;
}

/** What became of a group of statements. */
export interface GroupAnswer {
  /** Of those that succeeded, in their order. */
  readonly answers: readonly StatementAnswer[];
  /** Why the one after them failed; `undefined`: none did. */
  readonly error: unknown;
}

/** What is used of the driver's connection, which its types describe only in part. */
interface ProtocolConnection {
  readonly stream: Socket;
  bind(message: { readonly values: readonly (string | null)[] }): void;
  parse(message: { readonly text: string }): void;
  describe(message: { readonly type: "P" }): void;
  execute(): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sync(): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

const none: readonly (string | null)[] = [];

/**
 * Sends statements in one message, and never rejects: a network round trip and a turn of the server's process
 * for all of them. PostgreSQL runs them one after the other, and after an error none of the rest:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING. The driver's own pipelining ends
 * each statement for itself, so that each one after an error fails and is logged by the server.
 */
export function sendGroup(client: SqlClient, statements: readonly Statement[]): Promise<GroupAnswer> {
  return new Promise((resolve) => {
    const answers: StatementAnswer[] = [];
    let rows: Row[] = [];
    let columns: readonly Column[] = [];
    const group: Submittable & Record<string, unknown> = {
      // For who listens at the driver.
      statements,
      submit: (connection) => submit(connection as unknown as ProtocolConnection, statements),
      // The driver would ask for a callback of its own otherwise.
      callback: () => undefined,
      handleRowDescription({ fields }: RowDescription) {
        columns = fields.map(({ name, dataTypeID }) => ({ name, parse: client.getTypeParser(dataTypeID) }));
      },
      handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }) {
        rows.push(readRow(columns, fields));
      },
      handleCommandComplete({ text }: { readonly text: string }) {
        answers.push({ rows, tag: text });
        rows = [];
      },
      // The rows were sent with the statement.
      handleCopyInResponse: () => undefined,
      handleReadyForQuery: () => resolve({ answers, error: undefined }),
      handleError: (error: unknown) => resolve({ answers, error }),
    };
    client.query(group);
  });
}

function submit(connection: ProtocolConnection, statements: readonly Statement[]): void {
  connection.stream.cork();
  for (const { text, values = none, copied } of statements) {
    connection.parse({ text });
    connection.bind({ values });
    connection.describe({ type: "P" });
    connection.execute();
    if (copied === undefined) continue;
    connection.sendCopyFromChunk(Buffer.from(copied));
    connection.endCopyFrom();
  }
  connection.sync();
  connection.stream.uncork();
}

function readRow(columns: readonly Column[], fields: readonly (string | null)[]): Row {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const { name, parse } = columns[i] as Column;
    const field = fields[i] ?? null;
    row[name] = field === null ? null : parse(field);
  }
  return row;
}
