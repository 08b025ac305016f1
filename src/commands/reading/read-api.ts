import { AppError, readMessage } from "../../core/errors.ts";
import { secretVariables, serverVariable } from "../../config/settings.ts";
import { version } from "../../version.ts";
import { showSafely } from "../../text/terminal-text.ts";
import { isItem, type Item } from "./format.ts";
import type { ServerAccess } from "./server.ts";

/** How long an answer may take: an insight over millions of runs takes some seconds. */
const timeoutMillis = 60_000;

/** Asks the read API. Throws `unreachable`, `unauthorized`, `usage` for a wrong parameter, `not_found` or `unavailable`. */
export async function readApi(
  { url, token }: ServerAccess,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Item> {
  const target = new URL(`api/v1/${path}`, url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const response = await request(target, token).catch((error: unknown) => {
    throw new AppError("unreachable", describeSilence(url, error), { cause: error });
  });
  const body = parseObject(response.text);
  if (response.status === 200 && body !== undefined) return body;
  throw describeRefusal(url, token, response.status, body);
}

async function request(target: URL, token: string | undefined) {
  const response = await fetch(target, {
    headers: {
      accept: "application/json",
      "user-agent": `pipegauge/${version}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    // A login page that a proxy leads to is no answer.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMillis),
  });
  return { status: response.status, text: await response.text() };
}

function parseObject(text: string): Item | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isItem(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function describeSilence(url: URL, error: unknown): string {
  const isLate = error instanceof Error && error.name === "TimeoutError";
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const why = isLate ? `no answer within ${timeoutMillis / 1000} s` : readMessage(cause) || "no connection";
  return `${url.href} cannot be reached (${showSafely(why)}): is the server running, and is --url or ${serverVariable} its address?`;
}

function describeRefusal(url: URL, token: string | undefined, status: number, body: Item | undefined): AppError {
  const detail = typeof body?.["detail"] === "string" ? showSafely(body["detail"].slice(0, 1000)) : undefined;
  if (status === 401 || status === 403) return new AppError("unauthorized", describeToken(url, token));
  if (detail === undefined)
    return new AppError(
      "unavailable",
      `${url.href} did not answer as Pipegauge does (status ${status}): is --url or ${serverVariable} its address?`,
    );
  if (status === 400) return new AppError("usage", detail);
  return new AppError(status === 404 ? "not_found" : "unavailable", `${url.href} answered ${status}: ${detail}`);
}

function describeToken(url: URL, token: string | undefined): string {
  const variable = secretVariables.apiTokens;
  return token === undefined
    ? `${url.href} asks for a token: set ${variable}, or ${variable}_FILE to a file with it`
    : `${url.href} refuses the token of ${variable}: set it to a token of the server's ${variable}`;
}
