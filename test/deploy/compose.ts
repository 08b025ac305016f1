import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { root } from "./dockerfile.ts";

/** A service of `docker-compose.yml`, as far as tests look at it. */
export interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: unknown;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly [key: string]: unknown;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const text = readFileSync(`${root}docker-compose.yml`, "utf8");
export const compose = parse(text) as Compose;
export const services = Object.entries(compose.services);
export const pipegauge = compose.services["pipegauge"] ?? {};

/** Host and container side of a bind mount; `undefined` for a named volume. */
export function getBinds({ volumes = [] }: Service): { readonly host: string; readonly inside: string }[] {
  return volumes.flatMap((volume) => {
    const [host = "", inside = ""] = volume.split(":");
    return host.startsWith(".") ? [{ host, inside }] : [];
  });
}
