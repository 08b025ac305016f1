import { AppError, messageOf } from "../core/errors.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a provider's API answered, whatever its status. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is JSON. */
  readonly json: unknown;
}

/** A provider's REST API, for one token. */
export interface Api {
  /** Resolves to any answer; throws `unavailable` where none came. */
  ask(method: Method, path: string, body?: object): Promise<ApiResponse>;
  /** Resolves to a 2xx answer; throws `unavailable` for every other, with what to do about it. */
  must(method: Method, path: string, body?: object): Promise<ApiResponse>;
  /** An answer that is 2xx; throws for any other as `must` does. */
  check(method: Method, path: string, answer: ApiResponse): ApiResponse;
}

export interface ApiOptions {
  /** What people call it, such as `GitLab`. */
  readonly name: string;
  /** Without a slash at the end; paths begin with one. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long an answer may take; a test delivery is waited for by GitLab before it answers. */
  readonly timeoutMillis: number;
  /** Where the address is set, for the advice to set another: `--api`. */
  readonly setting: string;
  /** What to do about a refusal. */
  readonly advise: (answer: ApiResponse) => string;
}

/** Text of a provider in a message: one line, and not a long one. */
const textMax = 300;

export function createApi({ name, base, headers, timeoutMillis, setting, advise }: ApiOptions): Api {
  async function ask(method: Method, path: string, body?: object): Promise<ApiResponse> {
    try {
      const response = await fetch(base + path, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        body: body === undefined ? null : JSON.stringify(body),
        // A redirect would turn a POST into a GET, and could take the token to somebody else.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMillis),
      });
      return { status: response.status, headers: response.headers, json: parsed(await response.text()) };
    } catch (error) {
      throw new AppError(
        "unavailable",
        `${name} at ${base} does not answer: ${reasonOf(error, timeoutMillis, setting)}`,
      );
    }
  }
  function check(method: Method, path: string, answer: ApiResponse): ApiResponse {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new AppError("unavailable", refusal({ name, base, setting }, method, path, answer, advise(answer)));
  }
  return { ask, check, must: async (method, path, body) => check(method, path, await ask(method, path, body)) };
}

function refusal(
  { name, base, setting }: Pick<ApiOptions, "name" | "base" | "setting">,
  method: Method,
  path: string,
  answer: ApiResponse,
  advice: string,
): string {
  const { status, headers } = answer;
  const request = `${method} ${path.replace(/\?.*/, "")}`;
  if (status >= 300 && status < 400)
    return `${name} at ${base} sends us on to ${headers.get("location") ?? "another address"}: give that one with ${setting}`;
  const said = readErrorMessage(answer);
  return `${name} answered ${status} to ${request}${said === "" ? "" : ` (${said})`}: ${advice}`;
}

function reasonOf(error: unknown, timeoutMillis: number, setting: string): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${timeoutMillis / 1000} s`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code.includes("CERT") || code.includes("SIGNATURE"))
    return `${messageOf(cause)}: name the file of its certificate authority with NODE_EXTRA_CA_CERTS`;
  return `${messageOf(cause) || code}: is the address right, and may this machine reach it? (${setting} names another)`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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

/** Seconds that the provider asks to wait for; GitHub also tells the moment (epoch seconds) at which its limit ends. */
export function describeWait({ headers }: ApiResponse): string {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  if (seconds > 0) return `wait ${seconds} s, then try again`;
  const reset = Number(headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? Number.NaN);
  return reset > 0 ? `try again after ${new Date(reset * 1000).toISOString()}` : "wait a minute, then try again";
}

/** The fields of a JSON object; none for anything else. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A field as text, whatever it is; an absent one is empty. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** All of a list that comes in pages. `hasNext` reads it from a page's headers: addresses in them are not followed. */
export async function listAll(
  api: Api,
  path: string,
  hasNext: (headers: Headers) => boolean,
): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (let page = 1; page <= pagesMax; page++) {
    const { json, headers } = await api.must("GET", `${path}?per_page=100&page=${page}`);
    if (Array.isArray(json)) all.push(...(json as unknown[]));
    if (!hasNext(headers)) break;
  }
  return all;
}

/** No provider allows this many webhooks in one place. */
const pagesMax = 50;
