import type { ChangeFacts, CodeEventKind } from "../../code-event.ts";
import type { RunResult, State } from "../../states.ts";
import type { Millis } from "../../time.ts";
import type { shownCodeEventColumns } from "../db/code-event-tables.ts";
import type { Decoded } from "../db/columns.ts";

/** A page ends after the code event with this first sight, source and native id. */
export interface CodeEventPosition {
  readonly firstSeenAt: Millis;
  readonly source: string;
  readonly nativeId: string;
}

/** One row of `deployments`, `changes` or `pushes`, without internal columns; db/code-event-tables.ts describes them. */
export type StoredCodeEvent<K extends CodeEventKind> = Decoded<(typeof shownCodeEventColumns)[K]> & CodeEventPosition;
export type StoredDeployment = StoredCodeEvent<"deployment">;
export type StoredChange = StoredCodeEvent<"change">;
export type StoredPush = StoredCodeEvent<"push">;

/** The conditions that all kinds have; `since` and `until`: first seen at or after, and before. */
interface CodeFilter {
  readonly source?: string | undefined;
  readonly provider?: string | undefined;
  readonly project?: string | undefined;
  readonly since?: Millis | undefined;
  readonly until?: Millis | undefined;
}

export interface CodeEventFilters {
  readonly deployment: CodeFilter & {
    readonly environment?: string | undefined;
    readonly tier?: string | undefined;
    readonly ref?: string | undefined;
    readonly sha?: string | undefined;
    /** One of these. */
    readonly states?: readonly State[] | undefined;
    readonly results?: readonly RunResult[] | undefined;
  };
  readonly change: CodeFilter & {
    readonly number?: string | undefined;
    /** The branch into which it is merged. */
    readonly target?: string | undefined;
    /** Its last commit, or the commit that merged it. */
    readonly sha?: string | undefined;
    /** One of these. */
    readonly statuses?: readonly ChangeFacts["status"][] | undefined;
  };
  readonly push: CodeFilter & {
    readonly ref?: string | undefined;
    /** The last commit of the branch after the push. */
    readonly sha?: string | undefined;
    readonly defaultBranch?: boolean | undefined;
  };
}

export interface CodeEventsQuery<K extends CodeEventKind> {
  readonly limit: number;
  readonly after?: CodeEventPosition | undefined;
  readonly filter: CodeEventFilters[K];
}

export interface CodeEventPage<K extends CodeEventKind> {
  /** The last first seen first; at most `limit`, and perhaps none although there is a next page, see `Page`. */
  readonly items: readonly StoredCodeEvent<K>[];
  readonly next: CodeEventPosition | undefined;
}
