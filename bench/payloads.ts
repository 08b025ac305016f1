import { createHmac } from "node:crypto";
import { githubWorkflowRun } from "./payloads/github.ts";
import { compactGitlabHook, gitlabPipelineHook } from "./payloads/gitlab.ts";
import { jenkinsCompleted } from "./payloads/jenkins.ts";
import { tektonPipelineRun } from "./payloads/tekton.ts";
import { fill, sentAt, tokens } from "./payloads/text.ts";

export type Provider = "gitlab" | "tekton" | "jenkins" | "github";

/** One kind of delivery, as a template: what differs between two of them are the tokens of payloads/text.ts. */
export interface Payload {
  readonly provider: Provider;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Jobs that each delivery completes. */
  readonly jobs: number;
}

/** What of a payload goes over the wire. */
export type HttpRequest = Pick<Payload, "path" | "headers" | "body">;

/** Invented, and long enough for every provider. */
export const secret = "bench-4c1f9e7a2d58b0360f71";

/** The first id of all; ids have ten digits. */
export const firstId = 1_000_000_001;

/** A finished run of each provider that began a quarter of an hour before `now`. */
export function payloads(now: Date): Readonly<Record<Provider, Payload>> {
  const begun = beginBefore(now);
  return {
    gitlab: gitlabPipelineHook(secret, begun),
    tekton: tektonPipelineRun(secret, begun),
    jenkins: jenkinsCompleted(secret),
    github: allSentAt(now, githubWorkflowRun(begun)),
  };
}

/** What the cost of a delivery is measured with. */
export function compactPayload(now: Date): Payload {
  return compactGitlabHook(secret, beginBefore(now));
}

function beginBefore(now: Date): Date {
  return new Date(now.getTime() - 15 * 60 * 1000);
}

/** A signature covers the whole body, so nothing may differ in it but what signatures are made ahead for: the id. */
function allSentAt(now: Date, payload: Payload): Payload {
  return { ...payload, body: sentAt(payload.body, now) };
}

export function isSigned({ headers }: HttpRequest): boolean {
  return Object.values(headers).some((value) => value.includes(tokens.signature));
}

/** The signature of the delivery with this id: 64 hexadecimal digits. */
export function createSignature({ body }: HttpRequest, id: number): string {
  return createHmac("sha256", secret)
    .update(body.replaceAll(tokens.n, String(id)))
    .digest("hex");
}

/** One line a delivery, as load.lua reads them. */
export function signatures(payload: HttpRequest, from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `${createSignature(payload, from + i)}\n`).join("");
}

/** The whole HTTP request as a template. Every id has as many digits as the first, so its length is that of any other. */
export function requestTemplate({ path, headers, body }: HttpRequest, host: string): string {
  const length = Buffer.byteLength(fill(body, firstId, new Date()));
  const lines = Object.entries({ Host: host, ...headers, "Content-Length": String(length) });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
