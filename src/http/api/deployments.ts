import { toHttpUrl } from "../../adapters/url.ts";
import { runResults, states } from "../../core/states.ts";
import type { StoredDeployment } from "../../core/store/index.ts";
import { codeFilter, codePage, defineCodePage, identityFields, seenFields, shaDescription } from "./code-events.ts";
import { decodeCodeEventCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { createChoices, text } from "./parameters.ts";
import { stateDescription } from "./runs.ts";

const deploymentsParameters = {
  ...codeFilter,
  environment: text("Name of the environment"),
  tier: text("Kind of environment, such as production or staging"),
  ref: text("Branch or tag"),
  sha: text(`Commit, ${shaDescription}`),
  state: createChoices(states, "One or more values, separated by commas"),
  result: createChoices(runResults, "One or more values, separated by commas"),
  ...codePage,
};

export const deploymentFields: readonly f.Field<StoredDeployment>[] = [
  ...identityFields,
  ["environment", ({ environment }) => environment, f.nullableText],
  ["tier", ({ tier }) => tier, { ...f.nullableText, description: "Kind of environment, such as production" }],
  ["ref", ({ ref }) => ref, f.nullableText],
  ["sha", ({ sha }) => sha, { ...f.nullableText, description: "Commit; the first digits where no more is reported" }],
  [
    "run",
    ({ run }) => run,
    { ...f.nullableText, description: "native_id of the run that deployed; null: not reported" },
  ],
  [
    "job",
    ({ job }) => job,
    { ...f.nullableText, description: "native_id of the job that deployed; null: not reported" },
  ],
  ["url", ({ url }) => toHttpUrl(url) ?? null, { ...f.nullableText, description: "Web page at the provider" }],
  ["state", ({ state }) => state, { enum: [...states, null], description: stateDescription }],
  ["result", ({ result }) => result, { enum: [...runResults, null] }],
  [
    "native_status",
    ({ nativeStatus }) => nativeStatus,
    { ...f.nullableText, description: "The provider's own status" },
  ],
  ["created_at", ({ createdAt }) => f.toIsoTime(createdAt), f.nullableTime],
  ["started_at", ({ startedAt }) => f.toIsoTime(startedAt), f.nullableTime],
  ["finished_at", ({ finishedAt }) => f.toIsoTime(finishedAt), f.nullableTime],
  ...seenFields,
];

export const deployment = f.defineView(deploymentFields);

const page = defineCodePage<"deployment">("deployments", "Deployment", deployment);

export const deploymentSchemas = { Deployment: deployment.schema, DeploymentPage: page.schema };

export const listDeployments = defineEndpoint({
  id: "listDeployments",
  path: "/api/v1/deployments",
  summary: "Deployments, most recently first seen first",
  parameters: deploymentsParameters,
  schema: "DeploymentPage",
  async respond({ store }, { cursor, limit, state, result, ...plain }) {
    const filter = { ...plain, states: state, results: result };
    const after = decodeCodeEventCursor("deployments", cursor);
    return page.render(await store.read("deployments", { filter, limit, after }));
  },
});
