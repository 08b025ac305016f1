import type { Adapter } from "../../core/adapter.ts";
import { createLogFilter } from "./log-filter.ts";
import { parse } from "./parse.ts";
import { redact } from "./redact.ts";
import { explainPresentedSecret } from "../signature.ts";
import { deliveryKey, mayVerify, verify } from "./verify.ts";

/**
 * Jenkins: the notification plugin (1.0 to 1.19, JSON and XML) and the cloudevents plugin. Both treat any response as a
 * success, so for a delivery that cannot be stored the connection is closed: only that makes the sender retry.
 */
export const jenkins: Adapter<"jenkins"> = {
  name: "jenkins",
  deliveryKey,
  verify,
  explainRefusal: explainPresentedSecret,
  mayVerify,
  parse,
  redact,
  bodyFilter: createLogFilter,
  failureMode: "disconnect",
};
