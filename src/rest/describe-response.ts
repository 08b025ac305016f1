import { toRecord, toText } from "./json.ts";

/** A response of a provider's API, whatever its status. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

/** Text of a provider in a message: one line, and not a long one. */
const textMax = 300;

/** What the provider says went wrong: GitLab's `message` or `error`, GitHub's `message` and `errors`. */
export function readErrorMessage({ json }: ApiResponse): string {
  const { message, error, errors } = toRecord(json);
  const details = Array.isArray(errors)
    ? errors.map((one) => (typeof one === "string" ? one : toRecord(one)["message"]))
    : [];
  const parts = [message ?? error, ...details].filter((part) => part !== undefined && part !== null);
  const text = parts.map(toText).join("; ");
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, textMax);
}

/** How long to wait: `Retry-After` in seconds, or GitHub's and GitLab's reset of the limit in epoch seconds. */
export function describeRetryDelay({ headers }: ApiResponse): string {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  if (seconds > 0) return `wait ${seconds} s, then try again`;
  const reset = Number(headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? Number.NaN);
  return reset > 0 ? `try again after ${new Date(reset * 1000).toISOString()}` : "wait a minute, then try again";
}
