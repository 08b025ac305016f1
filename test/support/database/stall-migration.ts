import Database from "better-sqlite3";
import { writeSync } from "node:fs";
import { Client } from "pg";

/**
 * For `--import`: a program that stops in the middle of its migrations and says so, for somebody to kill it there.
 * The statement it stops at is one of the last of a transaction.
 */
const last = /create table [`"]rollups[`"]/;

function stopBefore(statement: unknown): void {
  const sql = typeof statement === "string" ? statement : (statement as { text?: string } | undefined)?.text;
  const found = last.exec(sql ?? "");
  if (found === null) return;
  writeSync(1, `stalled before ${found[0]}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

type Call = (this: unknown, statement: unknown, ...rest: unknown[]) => unknown;

function guard(prototype: object, method: string): void {
  const original = Reflect.get(prototype, method) as Call;
  const guarded: Call = function (statement, ...rest) {
    stopBefore(statement);
    return original.call(this, statement, ...rest);
  };
  Reflect.set(prototype, method, guarded);
}

guard(Database.prototype, "prepare");
guard(Client.prototype, "query");
