import type { Adapter } from "../../core/adapter.ts";
import { withoutJsonEmails } from "../redact.ts";
import { deliveryKey, parse } from "./parse.ts";
import { verify } from "./verify.ts";

/** Tekton Pipelines' CloudEvents sink: https://tekton.dev/docs/pipelines/events/ */
export const tekton: Adapter<"tekton"> = {
  name: "tekton",
  deliveryKey,
  verify,
  mayVerify: verify,
  parse,
  redact: withoutJsonEmails,
};
