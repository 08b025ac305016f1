import type { Adapter } from "../../core/adapter.ts";
import { parse } from "./parse.ts";
import { redact } from "./redact.ts";
import { deliveryKey, explainRefusal, findStaleness, mayVerify, verify } from "./verify.ts";

/** GitLab CI/CD: Pipeline, Job, Deployment, Merge Request and Push Hook of project and group webhooks. */
export const gitlab: Adapter<"gitlab"> = {
  name: "gitlab",
  deliveryKey,
  verify,
  mayVerify,
  findStaleness,
  explainRefusal,
  parse,
  redact,
};
