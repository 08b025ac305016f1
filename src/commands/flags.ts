import type { Flags } from "../config/flags.ts";

/** Flags of subcommands that are loaded only when they are called. */
export const replayFlags: Flags = {
  source: { type: "string", value: "<name>", help: "only deliveries to this source" },
  since: {
    type: "string",
    value: "<time>",
    help: "only what was received since: 2026-11-20, 2026-11-20T12:00:00Z, 24h, 7d",
  },
  dead: { type: "boolean", help: "only dead letters" },
};

export const importFlags: Flags = {
  from: {
    type: "string",
    value: "<url>",
    help: "the old database: postgres://… or sqlite:<path>; it is only read",
  },
};

export const retireFlags: Flags = {
  project: { type: "string", value: "<path>", help: "the label `project` of the series" },
  provider: { type: "string", value: "<name>", help: "of this provider alone; default: of all" },
  "dry-run": { type: "boolean", help: "change nothing, say what would be retired" },
};

export const copyFlags: Flags = {
  from: {
    type: "string",
    value: "<url>",
    help: "the database to copy: sqlite:<path> or postgres://…; it is only read",
  },
  to: {
    type: "string",
    value: "<url>",
    help: "an empty database, or the one of a copy that was ended before its end",
  },
  batch: { type: "string", value: "<rows>", help: "rows in one transaction (2000)" },
};
