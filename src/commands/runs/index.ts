import { createReadingCommand } from "../reading/create-reading-command.ts";

export const runsCommand = createReadingCommand({
  name: "runs",
  summary: "list runs of a server, those first that were first seen last",
  examples: ["runs --result failure,error,timeout --since 24h", "runs --project shop/cart --default-branch true"],
  filters: [
    "source",
    "provider",
    "project",
    "pipeline",
    "default_branch",
    "native_id",
    "parent",
    "ref",
    "search",
    "sha",
    "state",
    "result",
    "since",
    "until",
    "sort",
    "limit",
    "cursor",
  ],
  answer: async (call) => (await import("./runs.ts")).answerRuns(call),
});
