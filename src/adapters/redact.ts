/**
 * What may follow the `@` of an address. The last part of a domain begins with a letter, which distinguishes `mira@example.com` from
 * `gcc@11.1.0` and `ci.yml@v1.2`.
 */
const domain = /(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}/y;

/** The most characters of an address before its `@`; of a longer run, only the last ones are replaced. */
const localMax = 64;
const escapedAt = "\\u0040";

/** Replaces everything in a text that looks like an e-mail address. */
export function withoutEmails(text: string): string {
  return redactAddresses(text, undefined, beginsAt);
}

/**
 * The same for JSON, valid or not: an `@` may itself be escaped, and `\nmira@example.com` must lose the address and keep
 * its `\n`, or what was valid JSON is valid no longer.
 */
export function withoutJsonEmails(body: string): string {
  return redactAddresses(body, escapedAt, (text, from, at) => {
    const start = beginsAt(text, from, at);
    return start + escapedBefore(text, from, start, at);
  });
}

/** Where the text before the `@` at `at` begins that could belong to an address; not before `from`. */
type Begin = (text: string, from: number, at: number) => number;

/**
 * Looks outward from each `@`: most bodies have few, and a search for addresses tries 64 characters at each place of a text
 * that has none, which takes seconds for the largest body.
 */
function redactAddresses(text: string, escaped: string | undefined, begin: Begin): string {
  const find = (sign: string | undefined, from: number) => {
    const found = sign === undefined ? -1 : text.indexOf(sign, from);
    return found < 0 ? text.length : found;
  };
  let [out, from] = ["", 0];
  let [plain, other] = [find("@", 0), find(escaped, 0)];
  while (plain < text.length || other < text.length) {
    const at = Math.min(plain, other);
    const after = at === plain ? at + 1 : at + escapedAt.length;
    if (at > from && isLocal(text.charCodeAt(at - 1)) && isLocal(text.charCodeAt(after))) {
      const start = Math.max(begin(text, from, at), at - localMax);
      domain.lastIndex = after;
      if (start < at && domain.test(text)) {
        out += `${text.slice(from, start)}[redacted]`;
        from = domain.lastIndex;
      }
    }
    if (at === plain) plain = find("@", Math.max(after, from));
    else other = find(escaped, Math.max(after, from));
  }
  return out + text.slice(from);
}

/** Letters, digits and `._%+-`, as far back as they go; a little further than an address may be long is enough. */
function beginsAt(text: string, from: number, at: number): number {
  let start = at;
  const end = Math.max(from, at - localMax - escapedAt.length);
  while (start > end && isLocal(text.charCodeAt(start - 1))) start--;
  return start;
}

function isLocal(code: number): boolean {
  const letter = code | 0x20;
  if ((letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39)) return true;
  return code === 0x2e || code === 0x5f || code === 0x25 || code === 0x2b || code === 0x2d;
}

/** How many characters from `start` on belong to an escape that begins right before: 1 of `\n`, 5 of `\u003c`. */
function escapedBefore(text: string, from: number, start: number, at: number): number {
  let backslashes = 0;
  while (start - backslashes > from && text[start - backslashes - 1] === "\\") backslashes++;
  if (backslashes % 2 === 0) return 0;
  if (text[start] !== "u") return 1;
  return start + 5 <= at && /^u(?!0040)[0-9A-Fa-f]{4}$/.test(text.slice(start, start + 5)) ? 5 : 0;
}

/**
 * Empties the value of every property with one of these names, in any text that looks like JSON, even if it is broken or cut
 * off: from the colon to what ends the value, or to the end of the text.
 */
export function withoutProperty(body: string, ...names: readonly string[]): string {
  return replaceProperties(body, names, (value) => (value.startsWith("[") ? "[]" : "null"));
}

/** The same with a text of one's own in the place of each value, which must be JSON. The names are patterns. */
export function replaceProperties(body: string, names: readonly string[], replace: (value: string) => string): string {
  const key = new RegExp(`"(?:${names.join("|")})"\\s*:\\s*`, "g");
  let out = "";
  let from = 0;
  for (let match = key.exec(body); match !== null; match = key.exec(body)) {
    const start = match.index + match[0].length;
    const end = endOfValue(body, start);
    out += body.slice(from, start) + replace(body.slice(start, end));
    from = end;
    key.lastIndex = end;
  }
  return out + body.slice(from);
}

/** Where a comma or a bracket that closes something else follows; the space before it is not part of the value. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let end = start;
  for (; end < text.length; end++) {
    const char = text[end];
    if (char === '"') end = endOfString(text, end + 1);
    else if (char === "[" || char === "{") depth++;
    else if (depth === 0 && (char === "," || char === "]" || char === "}")) break;
    else if (char === "]" || char === "}") depth--;
  }
  end = Math.min(end, text.length);
  while (end > start && /\s/.test(text[end - 1] ?? "")) end--;
  return end;
}

function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
