import type { SchemaObject } from "ajv";
import { description, name, version } from "../../version.ts";
import { changesInsight } from "./changes.ts";
import { codeChangeSchemas, listCodeChanges } from "./code-changes.ts";
import { criticalPathInsight, criticalPathSchemas, getRunPath } from "./critical-path.ts";
import { deliverySchemas, listDeliveries } from "./deliveries.ts";
import { deploymentSchemas, listDeployments } from "./deployments.ts";
import type { Endpoint } from "./endpoint.ts";
import { describeObject, refer, text } from "./fields.ts";
import { failuresInsight } from "./failures.ts";
import { flakyInsight } from "./flaky.ts";
import { redMainInsight } from "./red-main.ts";
import { getJobSummary, jobSummarySchemas } from "./job-summary.ts";
import { jobSchemas, listJobs } from "./jobs.ts";
import { listPushes, pushSchemas } from "./pushes.ts";
import { runnersInsight } from "./runners.ts";
import { getRun, runDetailSchemas } from "./run-detail.ts";
import { listRuns, runSchemas } from "./runs.ts";
import { getStatus, statusSchemas } from "./status.ts";
import { timeToPassInsight, timeToPassWeeksInsight } from "./time-to-pass.ts";
import { wasteInsight } from "./waste.ts";
import { getSummary, summarySchemas } from "./summary.ts";
import { getWhatIf, whatIfSchemas } from "./what-if.ts";

const insights = [
  flakyInsight,
  redMainInsight,
  wasteInsight,
  failuresInsight,
  timeToPassInsight,
  timeToPassWeeksInsight,
  criticalPathInsight,
  changesInsight,
  runnersInsight,
];

/** Every endpoint of the read API. */
export const endpoints: readonly Endpoint[] = [
  listRuns,
  getRun,
  getRunPath,
  getSummary,
  listJobs,
  getJobSummary,
  listDeployments,
  listCodeChanges,
  listPushes,
  ...insights.map(({ endpoint }) => endpoint),
  getWhatIf,
  listDeliveries,
  getStatus,
];

const problem = describeObject({
  type: { const: "about:blank" },
  title: { ...text, description: "The phrase of the status" },
  status: { type: "integer", minimum: 400, maximum: 599 },
  detail: { ...text, description: "What is wrong and how to fix it" },
  error: { ...text, description: "The same as detail" },
});

const schemas: Readonly<Record<string, SchemaObject>> = {
  ...runSchemas,
  ...runDetailSchemas,
  ...criticalPathSchemas,
  ...whatIfSchemas,
  ...summarySchemas,
  ...jobSchemas,
  ...jobSummarySchemas,
  ...deploymentSchemas,
  ...codeChangeSchemas,
  ...pushSchemas,
  ...deliverySchemas,
  ...statusSchemas,
  ...Object.fromEntries(insights.flatMap(({ schemas: own }) => Object.entries(own))),
  Problem: problem,
};

/** The OpenAPI 3.1 document, made of the parameters and fields that the endpoints themselves use. */
export function describeApi(): object {
  return {
    openapi: "3.1.0",
    info: { title: name, version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    // Relative to this document, wherever a proxy has put it.
    servers: [{ url: "." }],
    security: [{ bearer: [] }, { basic: [] }, {}],
    paths: Object.fromEntries(endpoints.map((endpoint) => [endpoint.path, { get: describeEndpoint(endpoint) }])),
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A token of PIPEGAUGE_API_TOKEN, if set" },
        basic: { type: "http", scheme: "basic", description: "Any user name, with the token as password" },
      },
    },
  };
}

function describeEndpoint({
  id,
  summary,
  pathParameters = {},
  parameters,
  schema: schemaName,
  file,
}: Endpoint): object {
  const inPath = Object.entries(pathParameters).map(([key, schema]) => {
    return { name: key, in: "path", required: true, schema };
  });
  const inQuery = Object.entries(parameters).map(([key, parameter]) => ({
    name: key,
    in: "query",
    description: parameter.description,
    schema: parameter.schema,
    ...(parameter.schema["type"] === "array" ? { style: "form", explode: false } : {}),
  }));
  return {
    operationId: id,
    summary,
    parameters: [...inPath, ...inQuery],
    responses: {
      200: describeResponse(summary, schemaName, file),
      400: describeProblem("Invalid parameter; the message names the parameter and the fix"),
      401: describeProblem("Token missing or wrong, or no token is configured and the request is not from this host"),
      ...(inPath.length > 0 ? { 404: describeProblem("Not found") } : {}),
      503: describeProblem("Database unavailable; retry after Retry-After seconds"),
    },
  };
}

function describeResponse(summary: string, schema: string, file: Endpoint["file"]): object {
  const asFile = file === undefined ? {} : { [file]: { schema: text } };
  return { description: summary, content: { "application/json": { schema: refer(schema) }, ...asFile } };
}

function describeProblem(summary: string): object {
  return { description: summary, content: { "application/problem+json": { schema: refer("Problem") } } };
}
