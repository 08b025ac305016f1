import type { Adapter } from "../../core/adapter.ts";
import { createLogFilter } from "./log-filter.ts";
import { parse } from "./parse.ts";
import { redact } from "./redact.ts";
import { deliveryKey, mayVerify, verify } from "./verify.ts";

/**
 * Jenkins: the notification plugin (1.0 to 1.19, JSON and XML) and the cloudevents plugin. Both take any answer for a
 * success, so a delivery that cannot be stored is dropped with its connection: only that makes the sender try again.
 */
export const jenkins: Adapter<"jenkins"> = {
  name: "jenkins",
  deliveryKey,
  verify,
  mayVerify,
  parse,
  redact,
  bodyFilter: createLogFilter,
  failureMode: "disconnect",
};
