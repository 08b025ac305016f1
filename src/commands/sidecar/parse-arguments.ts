import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Flags } from "../../config/flags.ts";
import { quote } from "../../text/quote.ts";
import { AppError, readMessage } from "../../core/errors.ts";

export const sidecarFlags: Flags = {
  timeout: { type: "string", value: "<time>", help: "give up after this long in all: 90s, 15m, 2h (24h)" },
};

/** The arguments of a sidecar. */
export interface SidecarCall {
  readonly file: string;
  /** Where the receiver takes uses of templates. */
  readonly receiver: URL;
  /** The receiver is what `RECEIVER_SERVICE` says, not the argument. */
  readonly fromService: boolean;
  readonly timeoutMillis: number;
  /** Presented as `Authorization: PRPC <key>`. */
  readonly key: string | undefined;
}

const usage =
  "usage: pipegauge sidecar <file-path> <receiver-url> [--timeout <time>]; RECEIVER_SERVICE stands for the URL";
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Throws `config` for anything that makes no sense. */
export function readSidecarCall(args: readonly string[], env: NodeJS.ProcessEnv): SidecarCall {
  const { positionals, timeout } = parse(args);
  const [file, argument, ...rest] = positionals;
  // The older sidecar read only the variable, and its images have it set.
  const service = env["RECEIVER_SERVICE"] || undefined;
  const receiver = service ?? argument;
  if (file === undefined || receiver === undefined || rest.length > 0) throw new AppError("usage", usage);
  const [, count = "", unit = "s"] = /^([1-9]\d{0,6})([smh]?)$/.exec(timeout) ?? [];
  if (count === "") throw new AppError("usage", `--timeout: ${quote(timeout)} is no time: write 90s, 15m or 2h`);
  const timeoutMillis = Number(count) * (units[unit] ?? 1000);
  const { url, password } = splitPassword(receiver, service !== undefined);
  return {
    file,
    receiver: parseReceiverUrl(url),
    fromService: service !== undefined,
    timeoutMillis,
    key: readKey(env) ?? password,
  };
}

function parse(args: readonly string[]): { positionals: string[]; timeout: string } {
  try {
    const options = { timeout: { type: "string", default: "24h" } } as const;
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { positionals, timeout: values.timeout };
  } catch (error) {
    throw new AppError("usage", `${readMessage(error)} (${usage})`, { cause: error });
  }
}

/** The older sidecar's variable may hold the key, as the password of the URL. An argument is shown to every user of the host. */
function splitPassword(text: string, isVariable: boolean): { url: string; password: string | undefined } {
  const url = isVariable && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.password === "") return { url: text, password: undefined };
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  return { url: url.href, password };
}

/**
 * A bare host name, `host:port`, or a URL. `/steps` is added unless the path says where already; a path in front of it, as
 * behind a proxy, is kept.
 */
export function parseReceiverUrl(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) throw new AppError("usage", `${quote(text)} is neither a host, nor host:port, nor a URL`);
  const url = new URL(full);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new AppError("usage", `${quote(text)} is neither an http nor an https URL`);
  if (url.username !== "" || url.password !== "")
    throw new AppError("usage", "the receiver's URL holds a password: give the pre-shared key as PRPC_PSK");
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = /\/(?:steps|jobs)$/.test(path) ? path : `${path}/steps`;
  return url;
}

/** Of several keys, which a rotation has, the first. */
function readKey(env: NodeJS.ProcessEnv): string | undefined {
  const file = env["PRPC_PSK_FILE"];
  const text = env["PRPC_PSK"] ?? (file === undefined ? "" : readKeyFile(file));
  return text.trim().split("\n", 1)[0]?.trim() || undefined;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AppError("config", `PRPC_PSK_FILE cannot be read: ${readMessage(error)}`, { cause: error });
  }
}
