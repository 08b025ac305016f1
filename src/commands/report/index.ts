import { createReadingCommand } from "../reading/create-reading-command.ts";

export const reportCommand = createReadingCommand({
  name: "report",
  summary: "write a report of a span in Markdown, for a chat: success, what is broken, what fails, what is flaky",
  examples: ["report --since 7d", "report --since 24h --project shop/cart"],
  filters: ["source", "provider", "project", "pipeline", "default_branch", "since"],
  format: "table",
  answer: async (call) => (await import("./report.ts")).answerReport(call),
});
