import { deliveryOutcomes, type DeliveryRow, type Page } from "../../core/store/index.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { createChoice, cursor, limit, runFilter, text, time, timeForms } from "./parameters.ts";

export const deliveriesParameters = {
  source: runFilter.source,
  outcome: createChoice(deliveryOutcomes, "Outcome of the delivery"),
  run: text("native_id of the run that it is about"),
  since: time(`Received at or after this time: ${timeForms}`),
  until: time(`Received before this time: ${timeForms}`),
  limit: limit(200, 50, "Deliveries per page"),
  cursor,
};

const delivery = f.defineView<DeliveryRow>([
  ["id", ({ id }) => id, f.positive],
  ["source", ({ source }) => source, f.text],
  ["provider", ({ provider }) => provider, f.text],
  ["received_at", ({ receivedAt }) => f.toIsoTime(receivedAt), f.time],
  ["outcome", ({ outcome }) => outcome, { enum: [...deliveryOutcomes] }],
  ["reason", ({ reason }) => reason, { ...f.nullableText, description: "Why it was ignored or could not be parsed" }],
  [
    "run",
    ({ run }) => run,
    { ...f.nullableText, description: "native_id of the run that it is about, the first one if there are several" },
  ],
  ["bytes", ({ bytes }) => bytes, { ...f.count, description: "Body size" }],
  ["body_kept", ({ kept }) => kept, { ...f.boolean, description: "True if the body is stored and can be replayed" }],
]);

const page = f.defineView<Page<DeliveryRow>>([
  ["deliveries", ({ items }) => items.map(delivery.render), f.createArraySchema("Delivery")],
  ["next_cursor", ({ next }) => encodeCursor("deliveries", next), f.nextCursor],
]);

export const deliverySchemas = { Delivery: delivery.schema, DeliveryPage: page.schema };

export const listDeliveries = defineEndpoint({
  id: "listDeliveries",
  path: "/api/v1/deliveries",
  summary: "Deliveries and their outcomes, newest first",
  parameters: deliveriesParameters,
  schema: "DeliveryPage",
  async respond({ store }, { cursor: from, ...query }) {
    return page.render(await store.read("deliveries", { ...query, after: decodeCursor("deliveries", from) }));
  },
});
