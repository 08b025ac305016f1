import type { Adapter } from "../../core/adapter.ts";
import { redact } from "./body.ts";
import { parse } from "./parse.ts";
import { loadOctokit, mayVerify, verify } from "./verify.ts";

/** GitHub Actions: `workflow_run` and `workflow_job` of repository, organisation, enterprise and GitHub App webhooks. */
export const github: Adapter<"github"> = {
  name: "github",
  load: loadOctokit,
  // The same for every redelivery: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
  deliveryKey: ({ headers }) => headers["x-github-delivery"] || undefined,
  verify,
  mayVerify,
  parse,
  redact,
};
