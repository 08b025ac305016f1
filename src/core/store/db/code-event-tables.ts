import type { ChangeFacts, CodeEventFacts, CodeEventKind, DeploymentFacts, PushFacts } from "../../code-event.ts";
import type { RunResult, State } from "../../states.ts";
import { bigint, boolean, integer, listNames, nullable, text, type Columns } from "./columns.ts";
import { fact, listFields, type FactColumns, type FactField } from "./fact-columns.ts";
import { rowset, type Rowset } from "./rowset.ts";
import { versionColumns } from "./tables.ts";

/** The tables of code events, as tables.ts describes those of runs. The numbers of bits are never changed or used again. */

export const deploymentFactColumns = {
  project: fact(0, text("project")),
  environment: fact(1, text("environment")),
  tier: fact(2, text("tier")),
  ref: fact(3, text("ref")),
  sha: fact(4, text("sha")),
  run: fact(5, text("run")),
  job: fact(6, text("job")),
  url: fact(7, text("url")),
  nativeStatus: fact(8, text("native_status")),
  state: fact(9, text<State>("state")),
  result: fact(10, text<RunResult>("result")),
  createdAt: fact(11, bigint("created_at")),
  startedAt: fact(12, bigint("started_at")),
  finishedAt: fact(13, bigint("finished_at")),
} as const satisfies FactColumns<DeploymentFacts>;

export const changeFactColumns = {
  project: fact(0, text("project")),
  number: fact(1, text("number")),
  target: fact(2, text("target")),
  status: fact(3, text<ChangeFacts["status"]>("status")),
  openedAt: fact(4, bigint("opened_at")),
  mergedAt: fact(5, bigint("merged_at")),
  mergeSha: fact(6, text("merge_sha")),
  headSha: fact(7, text("head_sha")),
  headCommittedAt: fact(8, bigint("head_committed_at")),
  draft: fact(9, boolean("draft")),
  revert: fact(10, boolean("revert")),
  hotfix: fact(11, boolean("hotfix")),
} as const satisfies FactColumns<ChangeFacts>;

export const pushFactColumns = {
  project: fact(0, text("project")),
  ref: fact(1, text("ref")),
  defaultBranch: fact(2, boolean("default_branch")),
  before: fact(3, text("before_sha")),
  after: fact(4, text("after_sha")),
  forced: fact(5, boolean("forced")),
  commitCount: fact(6, integer("commit_count")),
  commits: fact(7, text("commits")),
} as const satisfies FactColumns<PushFacts>;

const keyColumns = {
  source: text("source"),
  nativeId: text("native_id"),
  provider: text("provider"),
  firstSeenAt: bigint("first_seen_at"),
};

export const codeEventRecordColumns = { ...keyColumns, updatedAt: nullable(bigint("updated_at")) };

/** What readers see of code events of each kind. */
export const shownCodeEventColumns = {
  deployment: { ...codeEventRecordColumns, ...deploymentFactColumns },
  change: { ...codeEventRecordColumns, ...changeFactColumns },
  push: { ...codeEventRecordColumns, ...pushFactColumns },
} as const satisfies Record<CodeEventKind, Columns>;

export interface CodeEventTable<F = object> {
  readonly table: string;
  readonly columns: Columns;
  readonly fields: readonly FactField<F>[];
  /** Code events by their identity: to lock them, or to find them. */
  readonly keys: Rowset;
  readonly rows: Rowset;
}

function describeTable<F>(table: string, facts: FactColumns<F>): CodeEventTable<F> {
  const columns: Columns = { ...codeEventRecordColumns, ...facts, ...versionColumns };
  return {
    table,
    columns,
    fields: listFields<F>(facts),
    keys: rowset(`${table}_keys`, Object.values(keyColumns)),
    rows: rowset(table, Object.values(columns)),
  };
}

export const codeEventTables: { readonly [K in CodeEventKind]: CodeEventTable<CodeEventFacts[K]> } = {
  deployment: describeTable<DeploymentFacts>("deployments", deploymentFactColumns),
  change: describeTable<ChangeFacts>("changes", changeFactColumns),
  push: describeTable<PushFacts>("pushes", pushFactColumns),
};

/** The columns that identify a code event. */
export const codeEventKey: readonly string[] = listNames({ source: keyColumns.source, nativeId: keyColumns.nativeId });

export const codeEventRowsets: readonly Rowset[] = Object.values(codeEventTables).flatMap(({ keys, rows }) => [
  keys,
  rows,
]);
