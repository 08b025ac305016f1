import type { AnswerCompletion, AnswerRun } from "../../../answers/answer.ts";
import type { RefKind } from "../../model.ts";
import type { RunResult } from "../../states.ts";
import { listNames, pickColumns } from "../db/columns.ts";
import { completionColumns, runColumns } from "../db/tables.ts";
import { createInterner } from "./intern.ts";

const { updatedAt, ...columnsOfRun } = pickColumns(
  runColumns,
  "updatedAt",
  "id",
  "nativeId",
  "source",
  "provider",
  "project",
  "pipeline",
  "ref",
  "refKind",
  "defaultBranch",
  "sha",
  "change",
  "result",
  "nativeStatus",
  "attempt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
  "firstSeenAt",
);

/** What `createRunDecoder` reads; graphs are long, and few answers need them. */
export function listRunColumns(graphs: boolean): string[] {
  return [updatedAt.name, ...listNames(columnsOfRun), graphs ? runColumns.graph.name : "null"];
}

/** A run without its jobs and completions, and its place in the scan. */
export interface StoredAnswerRun {
  readonly updatedAt: number;
  readonly run: Omit<AnswerRun, "jobs" | "completions">;
}

/** Reads the cells of a row, in the order of `listRunColumns`; as in answer-jobs.ts they are not checked. */
export function createRunDecoder(): (cells: readonly unknown[]) => StoredAnswerRun {
  const intern = createInterner();
  return (cells) => ({
    updatedAt: Number(cells[0]),
    run: {
      id: Number(cells[1]),
      nativeId: cells[2] as string,
      source: intern(cells[3]) ?? "",
      provider: intern(cells[4]) ?? "",
      project: intern(cells[5]),
      pipeline: intern(cells[6]),
      ref: cells[7] as string | null,
      refKind: intern(cells[8]) as RefKind | null,
      defaultBranch: cells[9] === null ? null : Boolean(cells[9]),
      sha: cells[10] as string | null,
      change: cells[11] as string | null,
      result: intern(cells[12]) as RunResult | null,
      nativeStatus: intern(cells[13]),
      attempt: Number(cells[14]),
      queuedAt: readNumber(cells[15]),
      startedAt: readNumber(cells[16]),
      finishedAt: readNumber(cells[17]),
      durationSeconds: readNumber(cells[18]),
      firstSeenAt: Number(cells[19]),
      graph: cells[20] as string | null,
    },
  });
}

export const completionNames = ["run_id", completionColumns.result.name, completionColumns.finishedAt.name];

/** Reads the cells of `completionNames`, without the first one. */
export function decodeCompletion(cells: readonly unknown[]): AnswerCompletion {
  return { result: cells[1] as RunResult, finishedAt: readNumber(cells[2]) };
}

/** PostgreSQL's driver returns whole numbers of 64 bits as texts. */
function readNumber(cell: unknown): number | null {
  return cell === null ? null : Number(cell);
}
