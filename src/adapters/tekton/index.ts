import type { Adapter } from "../../core/adapter.ts";
import { parse } from "./parse.ts";
import { redact } from "./redact.ts";
import { explainPresentedSecret } from "../signature.ts";
import { deliveryKey, mayVerify, verify } from "./verify.ts";

/** Tekton Pipelines' CloudEvents sink: https://tekton.dev/docs/pipelines/events/ */
export const tekton: Adapter<"tekton"> = {
  name: "tekton",
  deliveryKey,
  verify,
  explainRefusal: explainPresentedSecret,
  mayVerify,
  parse,
  redact,
};
