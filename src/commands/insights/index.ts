import { createReadingCommand } from "../reading/create-reading-command.ts";
import { insightNames } from "./insight-names.ts";

export const insightsCommand = createReadingCommand({
  name: "insights",
  summary: "show an answer about many runs of a server: flaky jobs, red branches, waste, failures, changes",
  words: "<name>",
  choices: insightNames,
  examples: ["insights flaky --since 30d", "insights red-main --project shop/cart", "insights waste --by runner_class"],
  filters: [
    "source",
    "provider",
    "project",
    "pipeline",
    "ref",
    "default_branch",
    "since",
    "until",
    "state",
    "by",
    "sort",
    "what",
    "target",
    "limit",
    "cursor",
  ],
  answer: async (call) => (await import("./insights.ts")).answerInsight(call),
});
