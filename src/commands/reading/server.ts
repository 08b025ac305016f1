import { readEnvironment } from "../../config/environment.ts";
import type { ReadFlags } from "../../config/flags.ts";
import { createSecretFiles } from "../../config/secret-files.ts";
import { splitList } from "../../config/secrets.ts";
import { secretVariables, serverVariable } from "../../config/settings.ts";
import { AppError } from "../../core/errors.ts";
import { quote } from "../../text/quote.ts";

/** The server that is asked, and what opens its read API. */
export interface ServerAccess {
  /** With a slash at the end. */
  readonly url: URL;
  readonly token: string | undefined;
}

const defaultUrl = "http://127.0.0.1:8080";

/** `--url` or its variable, and the token. Throws `usage` or `config` with every fault. */
export function findServer({ values, faults: flagFaults }: ReadFlags, env: NodeJS.ProcessEnv): ServerAccess {
  const faults: string[] = [];
  const environment = readEnvironment(env, createSecretFiles(), faults);
  const flag = values["url"];
  const given = environment.text(serverVariable);
  const [name, text] = typeof flag === "string" ? ["--url", flag] : [given?.name ?? "", given?.text ?? defaultUrl];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = describeProblem(url, text);
  if (problem !== undefined) faults.push(`${name}: ${problem}`);
  // Of several tokens, which a rotation has, the first.
  const [token] = environment.secrets(secretVariables.apiTokens, splitList)?.() ?? [];
  const all = [...flagFaults, ...faults];
  if (all.length > 0 || url === undefined)
    throw new AppError(faults.length === 0 || name === "--url" ? "usage" : "config", all.join("\n"));
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = "";
  url.hash = "";
  return { url, token };
}

function describeProblem(url: URL | undefined, text: string): string | undefined {
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return `${quote(text)} is not a web address: write ${defaultUrl}`;
  if (url.username !== "" || url.password !== "")
    return `a web address with a secret in it is not used: give the token as ${secretVariables.apiTokens}`;
  return undefined;
}
