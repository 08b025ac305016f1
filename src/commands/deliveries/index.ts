import { createReadingCommand } from "../reading/create-reading-command.ts";

export const deliveriesCommand = createReadingCommand({
  name: "deliveries",
  summary: "list what senders delivered to a server, and what became of it, the newest first",
  examples: ["deliveries --source gitlab", "deliveries --outcome dead_letter --limit 10"],
  filters: ["source", "outcome", "run", "since", "until", "limit", "cursor"],
  answer: async (call) => (await import("./deliveries.ts")).answerDeliveries(call),
});
