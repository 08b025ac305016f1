import { AppError, readMessage } from "../core/errors.ts";
import { readErrorMessage, type ApiResponse } from "./describe-response.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A provider's REST API, for one token. */
export interface Api {
  /** Resolves to any response; throws `unavailable` where none came. */
  send(method: Method, path: string, body?: object): Promise<ApiResponse>;
  /** Resolves to a 2xx response; throws `unavailable` for any other, with what to do about it. */
  request(method: Method, path: string, body?: object): Promise<ApiResponse>;
  /** The response where it is 2xx; throws for any other as `request` does. */
  check(method: Method, path: string, response: ApiResponse): ApiResponse;
}

export interface ApiOptions {
  /** What people call it, such as `GitLab`. */
  readonly name: string;
  /** Without a slash at the end; paths begin with one. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a response may take. Milliseconds. */
  readonly timeoutMillis: number;
  /** Where the address is set, for the advice to set another: `--api`. */
  readonly setting: string;
  /** What to do about a refusal. */
  readonly advise: (response: ApiResponse) => string;
  /** Called with each response. */
  readonly onResponse?: (response: ApiResponse) => void;
}

export function createApi(options: ApiOptions): Api {
  const { name, base, headers, timeoutMillis, setting, onResponse } = options;
  async function send(method: Method, path: string, body?: object): Promise<ApiResponse> {
    try {
      const fetched = await fetch(base + path, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        body: body === undefined ? null : JSON.stringify(body),
        // A redirect would turn a POST into a GET, and could take the token to somebody else.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMillis),
      });
      const response = { status: fetched.status, headers: fetched.headers, json: parseJson(await fetched.text()) };
      onResponse?.(response);
      return response;
    } catch (error) {
      throw new AppError(
        "unavailable",
        `${name} at ${base} does not answer: ${describeFailure(error, timeoutMillis, setting)}`,
      );
    }
  }
  function check(method: Method, path: string, response: ApiResponse): ApiResponse {
    if (response.status >= 200 && response.status < 300) return response;
    throw new AppError("unavailable", describeRefusal(options, `${method} ${path.replace(/\?.*/, "")}`, response));
  }
  return { send, check, request: async (method, path, body) => check(method, path, await send(method, path, body)) };
}

function describeRefusal({ name, base, setting, advise }: ApiOptions, request: string, response: ApiResponse): string {
  const { status, headers } = response;
  if (status >= 300 && status < 400)
    return `${name} at ${base} sends us on to ${headers.get("location") ?? "another address"}: give that one with ${setting}`;
  const message = readErrorMessage(response);
  return `${name} answered ${status} to ${request}${message === "" ? "" : ` (${message})`}: ${advise(response)}`;
}

function describeFailure(error: unknown, timeoutMillis: number, setting: string): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${timeoutMillis / 1000} s`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code.includes("CERT") || code.includes("SIGNATURE"))
    return `${readMessage(cause)}: name the file of its certificate authority with NODE_EXTRA_CA_CERTS`;
  return `${readMessage(cause) || code}: is the address right, and may this machine reach it? (${setting} names another)`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
