import type { Row } from "./columns.ts";
import type { Connection } from "./connect.ts";
import { writeCopied } from "./copied-rows.ts";
import type { BulkSource } from "./rowset.ts";
import { withIdleTimeout, type SqlClient } from "./stalled-connections.ts";
import { sendGroup, type Statement, type StatementAnswer } from "./statement-group.ts";
import { createTransaction, type Binding, type Runner, type Transaction } from "./transaction.ts";

/**
 * A transaction on a connection of Knex's pool without Knex, whose overhead for each statement is more than the driver's own. It
 * begins in one message with its first statement, `opening`, which has no bindings; `work` gets the row that it returned.
 */
export function runPostgresTransaction<T>(
  { knex, bulk }: Connection,
  opening: string,
  work: (trx: Transaction, opened: Row) => Promise<T>,
): Promise<T> {
  return withIdleTimeout(knex, async (client) => {
    const session = createSession(client);
    try {
      session.postpone({ text: "BEGIN" });
      const [row] = (await session.run({ text: opening })).rows;
      if (row === undefined) throw new Error("the first statement of a transaction returned no row");
      const result = await work(createTransaction(createRunner(session, bulk), bulk), row);
      const { tag } = await session.commit();
      if (tag !== "COMMIT") throw new Error("PostgreSQL rolled the transaction back, because a statement had failed");
      return result;
    } catch (error) {
      await rollBack(client);
      throw error;
    }
  });
}

/** Statements of one transaction. Those that are given in the same turn of the event loop travel together. */
interface Session {
  /**
   * Sends a statement with the next one that `run` gets; an error of it, or of `check`, is an error of that one. What `check` throws
   * comes before an error of a later statement, which may follow from it.
   */
  postpone(statement: Statement, check?: (answer: StatementAnswer) => void): void;
  run(statement: Statement): Promise<StatementAnswer>;
  /** Commits; alone, where a statement before it has a check, because what fails the check must not be committed. */
  commit(): Promise<StatementAnswer>;
}

function createSession(client: SqlClient): Session {
  let statements: Statement[] = [];
  let checks: ((answers: readonly StatementAnswer[]) => void)[] = [];
  /** The answers to `statements`, once the first of them is to be run. */
  let next: Promise<readonly StatementAnswer[]> | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  async function send(): Promise<readonly StatementAnswer[]> {
    await underWay;
    const [group, ofGroup] = [statements, checks];
    [statements, checks, next] = [[], [], undefined];
    const answered = sendGroup(client, group);
    underWay = answered;
    const { answers, error } = await answered;
    for (const check of ofGroup) check(answers);
    if (error !== undefined) throw error;
    return answers;
  }

  async function run(statement: Statement): Promise<StatementAnswer> {
    const position = statements.push(statement) - 1;
    next ??= send();
    return (await next)[position] as StatementAnswer;
  }

  return {
    run,
    async commit() {
      if (checks.length > 0) await (next ?? send());
      return run({ text: "COMMIT" });
    },
    postpone(statement, check) {
      const position = statements.push(statement) - 1;
      if (check !== undefined)
        checks.push((answers) => {
          const answer = answers[position];
          if (answer !== undefined) check(answer);
        });
    },
  };
}

function createRunner(session: Session, bulk: BulkSource): Runner {
  return {
    async run(sql, bindings) {
      const { rows, tag } = await session.run(toStatement(sql, bindings));
      return { rows, changed: readCount(tag) };
    },
    insertRows(table, rowset, rows, onConflict) {
      if (onConflict === "")
        return session.postpone({ text: `copy ${table} (${rowset.list}) from stdin`, copied: writeCopied(rows) });
      const { from, columns, bindings } = bulk.rows(rowset, rows);
      const sql = `insert into ${table} (${columns}) select ${columns} from ${from} where true ${onConflict}`;
      session.postpone(toStatement(sql, bindings));
    },
    postpone: (sql, bindings, check) =>
      session.postpone(toStatement(sql, bindings), ({ tag }) => check(readCount(tag))),
  };
}

function toStatement(sql: string, bindings: readonly Binding[]): Statement {
  let position = 0;
  const text = sql.replaceAll("?", () => `$${++position}`);
  return { text, values: bindings.map(toParameter) };
}

/** A value in PostgreSQL's text format. */
function toParameter(binding: Binding): string | null {
  if (typeof binding === "string" || binding === null) return binding;
  if (typeof binding === "number" || typeof binding === "boolean") return String(binding);
  if (Array.isArray(binding)) return `{${binding.join(",")}}`;
  throw new Error(`a value of type ${typeof binding} cannot be bound`);
}

/** The number of rows in a command tag: `INSERT 0 12`, `UPDATE 3`; 0 where it has none. */
function readCount(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(" ") + 1));
  return Number.isNaN(count) ? 0 : count;
}

/** Rolls back without an error of its own: the first error is the one to report. Where it fails, the connection is lost. */
async function rollBack(client: SqlClient): Promise<void> {
  try {
    await client.query("ROLLBACK");
  } catch {
    client.connection.stream.destroy();
  }
}
