import { pino, stdTimeFunctions } from "pino";
import { formatLogLine, type PaintLevel } from "./text/log-line.ts";

/** From the quietest to the noisiest. */
export const logLevels = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: text on a terminal, JSON elsewhere. */
export const logFormats = ["auto", "json", "text"] as const;
export type LogFormat = (typeof logFormats)[number];

export type Log = pino.Logger;

const censor = "[redacted]";

/** Headers that carry credentials. */
const secretHeaders = [
  "authorization",
  "x-gitlab-token",
  "x-hub-signature",
  "x-hub-signature-256",
  "webhook-signature",
  "cookie",
];

/** At the top of a log object, in an object in it (`headers`), and in one in that (`request.headers`). */
const secretPaths = secretHeaders.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** `?token=…` and `//user:password@host`, wherever they stand in a line of JSON. */
const secretParameter = /([?&](?:access_)?token=)[^&#\s"\\]+/gi;
const userinfo = /(:\/\/[^\s/:@"\\]{0,255}:)[^\s/@"\\]{1,512}@/g;

/** File descriptors of this process. */
export const streams = { stdout: 1, stderr: 2 } as const;

/**
 * One line of JSON an event, on stdout. Written at once, so that nothing is lost when the process ends.
 * `destination` is for tests.
 */
export function createLog(level: LogLevel, destination: pino.DestinationStream = pino.destination(1)): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor },
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
}

function withoutSecrets(line: string): string {
  return line.replace(secretParameter, `$1${censor}`).replace(userinfo, `$1${censor}@`);
}

/** A stream of this process, written at once. `text` is for people; `auto` is `text` on a terminal. */
export function openLogStream(
  name: keyof typeof streams,
  format: LogFormat,
  paint?: PaintLevel,
): pino.DestinationStream {
  const stream = pino.destination(streams[name]);
  return isTextLog(name, format) ? { write: (line) => stream.write(formatLogLine(line, paint)) } : stream;
}

/** Whether a log of this format is for people. */
export function isTextLog(name: keyof typeof streams, format: LogFormat): boolean {
  return format === "text" || (format === "auto" && process[name].isTTY);
}

/** Characters of a URL that are logged. */
const pathMax = 500;

/** The path and query of a request, fit for a log: `token` and `access_token` are masked, however they are spelled. */
export function maskPath(url: string): string {
  const [path = "", query] = url.split(/\?(.*)/s, 2);
  const safe = query === undefined ? path : `${path}?${query.split("&").map(maskParameter).join("&")}`;
  return safe.length > pathMax ? `${safe.slice(0, pathMax)}…` : safe;
}

function maskParameter(parameter: string): string {
  const [name = ""] = parameter.split("=", 1);
  return /^(access_)?token$/i.test(decode(name)) ? `${name}=${censor}` : parameter;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " ")).trim();
  } catch {
    return text;
  }
}
