import { isIP } from "node:net";
import { fail, succeed, type Result } from "../core/result.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { quote } from "../text/quote.ts";

// Each parser gives the value of a text, or one problem, to be printed after the name of the setting.

export function parseText(text: string): Result<string> {
  return succeed(text);
}

/** A whole number from `min` to `max`; the message says of what, and where that is not obvious why no less. */
export function createIntegerParser(
  min: number,
  max: number,
  unit: string,
  why = "",
): (text: string) => Result<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return succeed(number);
    return fail(`${quote(text)} is not ${unit}: give a whole number from ${min} to ${max}${why}`);
  };
}

export function parseBoolean(text: string): Result<boolean> {
  if (text === "true" || text === "false") return succeed(text === "true");
  return fail(`${quote(text)} is neither true nor false`);
}

/** One of a few words; the message suggests the nearest. */
export function createWordParser<T extends string>(words: readonly T[]): (text: string) => Result<T> {
  return (text) => {
    const found = words.find((candidate) => candidate === text.toLowerCase());
    if (found !== undefined) return succeed(found);
    const meant = didYouMean(text.toLowerCase(), words);
    const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
    return fail(`${quote(text)} is not one of ${words.join(", ")}${hint}`);
  };
}

/** An address or a host name to listen on, without scheme, brackets or port. */
export function parseHost(text: string): Result<string> {
  if (isIP(text) !== 0) return succeed(text);
  if (/^\[.*\]$/.test(text)) return fail(`${quote(text)} has brackets: write the IPv6 address without them`);
  if (text.includes("://")) return fail(`${quote(text)} is a URL: give the address alone`);
  if (/:\d+$/.test(text)) return fail(`${quote(text)} has a port in it: give the port as PIPEGAUGE_PORT`);
  const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  // Digits and dots alone are an address that went wrong, not a name.
  const isName = text.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`, "i").test(text) && /[a-z]/i.test(text);
  return isName ? succeed(text) : fail(`${quote(text)} is neither an IP address nor a host name`);
}

/** `sqlite:<path>` or `postgres://…`. What was given is never repeated: it may hold a password. */
export function parseDatabaseUrl(text: string): Result<string> {
  if (text.startsWith("sqlite:")) return parseSqliteUrl(text);
  if (!/^postgres(ql)?:\/\//.test(text))
    return fail("the URL is neither sqlite:<path> nor postgres://user:password@host/database");
  if (URL.canParse(text)) return succeed(text);
  return fail(
    "the URL is not a valid one: characters such as # / ? @ : in the password must be percent-encoded (# is %23)",
  );
}

function parseSqliteUrl(text: string): Result<string> {
  const path = text.slice("sqlite:".length);
  if (path === "" || path.endsWith("/")) return fail("the URL names no file: write sqlite:<path>");
  if (/^\/\/[^/]/.test(path)) {
    return fail("the URL has no host to name after sqlite: write sqlite:pipegauge.db, or sqlite:/var/lib/pipegauge.db");
  }
  return succeed(text);
}
