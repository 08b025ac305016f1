import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { describeList } from "../reading/describe-list.ts";
import { formatAge, formatCount, getItems, getNumber, getString, type Item } from "../reading/format.ts";
import type { Cell, Column } from "../reading/table.ts";

export async function answerDeliveries({ read, query, now, options }: ReadingCall): Promise<Answer> {
  const document = await read("deliveries", query);
  const columns: readonly Column<Item>[] = [
    { title: "RECEIVED", get: (delivery) => formatAge(getString(delivery, "received_at"), now) },
    { title: "SOURCE", get: (delivery) => getString(delivery, "source"), least: 10 },
    { title: "OUTCOME", get: formatOutcome },
    { title: "BYTES", align: "right", get: (delivery) => formatCount(getNumber(delivery, "bytes")), drop: 2 },
    { title: "BODY", get: (delivery) => (delivery["body_kept"] === true ? "kept" : "-"), drop: 1 },
    { title: "REASON", get: (delivery) => getString(delivery, "reason"), least: 20 },
  ];
  return { document, lines: () => describeList(document, columns, getItems(document, "deliveries"), options) };
}

function formatOutcome(delivery: Item): Cell {
  const outcome = getString(delivery, "outcome");
  return { text: outcome, colour: outcome === "dead_letter" ? "red" : outcome === "accepted" ? "green" : "faint" };
}
