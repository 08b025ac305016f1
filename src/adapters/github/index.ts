import type { Adapter } from "../../core/adapter.ts";
import { parse } from "./parse.ts";
import { redact } from "./redact.ts";
import { deliveryKey, explainRefusal, loadOctokit, mayVerify, verify } from "./verify.ts";

/** GitHub Actions: `workflow_run` and `workflow_job` of repository, organisation, enterprise and GitHub App webhooks. */
export const github: Adapter<"github"> = {
  name: "github",
  load: loadOctokit,
  deliveryKey,
  verify,
  explainRefusal,
  mayVerify,
  parse,
  redact,
};
