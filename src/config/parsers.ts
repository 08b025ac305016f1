import { isIP } from "node:net";
import { nearest } from "../text/did-you-mean.ts";
import { quote } from "../text/quote.ts";
import type { Read } from "../text/read.ts";

function value<T>(read: T): Read<T> {
  return { ok: true, value: read };
}

function problem(text: string): Read<never> {
  return { ok: false, problem: text };
}

export function readText(text: string): Read<string> {
  return value(text);
}

/** A whole number from `min` to `max`; the message says of what, and where that is not obvious why no less. */
export function integer(min: number, max: number, unit: string, why = ""): (text: string) => Read<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return value(number);
    return problem(`${quote(text)} is not ${unit}: give a whole number from ${min} to ${max}${why}`);
  };
}

export function readBoolean(text: string): Read<boolean> {
  if (text === "true" || text === "false") return value(text === "true");
  return problem(`${quote(text)} is neither true nor false`);
}

/** One of a few words; the message names the nearest. */
export function word<T extends string>(words: readonly T[]): (text: string) => Read<T> {
  return (text) => {
    const known = words.find((candidate) => candidate === text.toLowerCase());
    if (known !== undefined) return value(known);
    const meant = nearest(text.toLowerCase(), words);
    const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
    return problem(`${quote(text)} is not one of ${words.join(", ")}${hint}`);
  };
}

/** An address or a host name to listen on, without scheme, brackets or port. */
export function readHost(text: string): Read<string> {
  if (isIP(text) !== 0) return value(text);
  if (/^\[.*\]$/.test(text)) return problem(`${quote(text)} has brackets: write the IPv6 address without them`);
  if (text.includes("://")) return problem(`${quote(text)} is a URL: give the address alone`);
  if (/:\d+$/.test(text)) return problem(`${quote(text)} has a port in it: give the port as PIPEGAUGE_PORT`);
  const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  // Digits and dots alone are an address that went wrong, not a name.
  const isName = text.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`, "i").test(text) && /[a-z]/i.test(text);
  return isName ? value(text) : problem(`${quote(text)} is neither an IP address nor a host name`);
}

/** `sqlite:<path>` or `postgres://…`. What was given is never repeated: it may hold a password. */
export function readDatabaseUrl(text: string): Read<string> {
  if (text.startsWith("sqlite:")) return sqliteUrl(text);
  if (!/^postgres(ql)?:\/\//.test(text))
    return problem("the URL is neither sqlite:<path> nor postgres://user:password@host/database");
  if (URL.canParse(text)) return value(text);
  return problem(
    "the URL is not a valid one: characters such as # / ? @ : in the password must be percent-encoded (# is %23)",
  );
}

function sqliteUrl(text: string): Read<string> {
  const path = text.slice("sqlite:".length);
  if (path === "" || path.endsWith("/")) return problem("the URL names no file: write sqlite:<path>");
  if (/^\/\/[^/]/.test(path)) {
    return problem(
      "the URL has no host to name after sqlite: write sqlite:pipegauge.db, or sqlite:/var/lib/pipegauge.db",
    );
  }
  return value(text);
}
