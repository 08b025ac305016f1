import type { SchemaObject } from "ajv";
import { description, name, version } from "../../version.ts";
import type { Parameters } from "./parameters.ts";
import { deliveriesParameters, runsParameters, summaryParameters } from "./queries.ts";
import { reference, schemas } from "./schemas.ts";

interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly path?: Readonly<Record<string, SchemaObject>>;
  readonly query: Parameters;
  readonly answer: string;
}

/** Every operation by its path: what openapi.json tells of. */
const operations: Readonly<Record<string, Operation>> = {
  "/api/v1/runs": {
    id: "listRuns",
    summary: "Runs, the one that was first heard of last first",
    query: runsParameters,
    answer: "RunPage",
  },
  "/api/v1/runs/{id}": {
    id: "getRun",
    summary: "One run with its jobs and completions",
    path: { id: { type: "integer", minimum: 1 } },
    query: {},
    answer: "RunDetail",
  },
  "/api/v1/summary": {
    id: "summarise",
    summary: "Counts, success ratios and percentiles of the runs that finished in a span of time",
    query: summaryParameters,
    answer: "Summary",
  },
  "/api/v1/deliveries": {
    id: "listDeliveries",
    summary: "Deliveries, newest first, and what became of each",
    query: deliveriesParameters,
    answer: "DeliveryPage",
  },
  "/api/v1/status": { id: "getStatus", summary: "The server and its sources", query: {}, answer: "Status" },
};

/** The whole document, OpenAPI 3.1, out of the schemas that requests are checked with. */
export function openApiDocument(): object {
  return {
    openapi: "3.1.0",
    info: { title: name, version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    // Relative to this document, wherever a proxy has put it.
    servers: [{ url: "." }],
    security: [{ bearer: [] }, { basic: [] }, {}],
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, operation]) => [path, { get: operationOf(operation) }]),
    ),
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A token of PIPEGAUGE_API_TOKEN, where one is set" },
        basic: { type: "http", scheme: "basic", description: "Any user name, the token as password" },
      },
    },
  };
}

function operationOf({ id, summary, path = {}, query, answer }: Operation): object {
  const inPath = Object.entries(path).map(([key, schema]) => ({ name: key, in: "path", required: true, schema }));
  const inQuery = Object.entries(query).map(([key, parameter]) => ({
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
      200: jsonOf(summary, answer),
      400: jsonOf("A parameter is wrong; the message names it and the way out", "Error"),
      401: jsonOf("The token is missing or wrong, or there is none and the request is not from this host", "Error"),
      ...(inPath.length > 0 ? { 404: jsonOf("There is no such thing", "Error") } : {}),
      503: jsonOf("The database does not answer now; try again after Retry-After", "Error"),
    },
  };
}

function jsonOf(text: string, schema: string): object {
  return { description: text, content: { "application/json": { schema: reference(schema) } } };
}
