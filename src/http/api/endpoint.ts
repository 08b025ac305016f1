import type { SchemaObject } from "ajv";
import type { Services } from "../services.ts";
import type { Parameters, Parsed } from "./parameters.ts";
import { createParameterParser } from "./parse-parameters.ts";

interface Described {
  /** `operationId` in openapi.json. */
  readonly id: string;
  /** As OpenAPI writes it: `/api/v1/runs/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly pathParameters?: Readonly<Record<string, SchemaObject>>;
  /** Name of the schema of the response. */
  readonly schema: string;
  /** The response may also be a file. */
  readonly file?: "text/csv";
}

interface Definition<P extends Parameters> extends Described {
  readonly parameters: P;
  readonly respond: (services: Services, parameters: Parsed<P>, path: PathValues) => Promise<object>;
}

/** Values of the path parameters, unchecked. */
export type PathValues = Readonly<Record<string, string>>;

/** One endpoint of the read API: its parameters, its response, and its description in openapi.json. */
export interface Endpoint extends Described {
  readonly parameters: Parameters;
  /** Throws `invalid` for wrong parameters. */
  readonly respond: (services: Services, query: URLSearchParams, path: PathValues) => Promise<object>;
}

export function defineEndpoint<P extends Parameters>(definition: Definition<P>): Endpoint {
  const parse = createParameterParser(definition.parameters);
  return {
    ...definition,
    respond: async (services, query, path) => definition.respond(services, parse(query, services.clock()), path),
  };
}
